import type { Standing } from '../statements/diagnose.ts'
import { toHex } from '../statements/diagnose.ts'
import { indexTextOf } from '../statements/write-group.ts'
import { claimed, conflict, partlyStored, stale, type Ticket } from './ticket.ts'

/**
 * Settles a ticket of an incomplete group by what stands in the store: rejects what was in the way, resolves a pure repetition, or takes
 * out what is there already and gives true: it goes on with the next attempt.
 */
export function judge(ticket: Ticket, standing: Standing): boolean {
  try {
    const known = ticket.entries.filter(({ id, entryHash }) => {
      const hash = standing.entries.get(id)
      if (hash !== undefined && !sameBytes(hash, entryHash)) throw conflict('An entry with this id and another hash is stored.', id)
      return hash !== undefined
    })
    const [first] = known
    if (first !== undefined) {
      if (known.length < ticket.entries.length) throw partlyStored(first.id)
      ticket.resolve({ duplicates: known.map(({ id }) => id) })
      return false
    }
    refuse(ticket, standing)
    ticket.claims = ticket.claims.filter(({ scope, value }) => !standing.claims.has(`${scope}\0${value}`))
    ticket.decisions = ticket.decisions.filter(({ id }) => !standing.decisions.has(id))
    return true
  } catch (error) {
    ticket.reject(error)
    return false
  }
}

function refuse(ticket: Ticket, standing: Standing): void {
  const seen = new Set<string>()
  for (const { id, commitment } of ticket.entries) {
    if (commitment === undefined) continue
    const hex = toHex(commitment)
    if (seen.has(hex) || standing.commitments.has(hex)) throw conflict('The commitment is that of another entry.', id)
    seen.add(hex)
  }
  for (const row of ticket.projections) if (standing.versions.get(`${row.table}\0${row.key}`) !== row.expected) throw stale(row)
  for (const guard of ticket.guards) if (standing.versions.get(`${guard.table}\0${guard.key}`) !== guard.version) throw stale(guard)
  for (const row of ticket.seenRows) if (standing.stamps.get(`${row.table}\0${row.key}`) !== row.stamp) throw stale(row)
  for (const one of ticket.seenIndexes) if (standing.indexes.get(`${one.table}\0${one.index}\0${one.equals}`) !== indexTextOf(one)) throw stale({ table: one.table, key: one.index })
  for (const claim of ticket.claims) {
    const owner = standing.claims.get(`${claim.scope}\0${claim.value}`)
    if (owner !== undefined && owner !== claim.owner) throw claimed(claim)
  }
  for (const { id, about, bytes } of ticket.decisions) {
    const stored = standing.decisions.get(id)
    if (stored !== undefined && ((stored.about ?? undefined) !== about || !sameBytes(stored.bytes, bytes))) throw conflict('Another decision has this id.', id)
  }
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0
}
