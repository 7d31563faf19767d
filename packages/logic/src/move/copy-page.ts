import type { Leaf, NewOutboxRow, OutboxRow, ReadView } from '@careledger/data-spec'
import { leafHash } from '@careledger/proof'
import { deriveRecords, type PlacedEntry } from '../log/leaf-records.ts'
import type { Parts } from '../parts.ts'
import type { Move } from './move-row.ts'

/** Log entries looked at in one step. */
const pageMax = 1000

/**
 * Hands the next page of older entries to the new ledger's outbox; gives how far it came and how many entries of the network were in it.
 * A record is the same on every ledger: it is taken from the row of a ledger that has it, so that those who hold an epoch key find it, and
 * made from the entry only where none has. Repeating a page adds nothing.
 */
export async function copyPage(parts: Parts, move: Pick<Move, 'network' | 'to' | 'way' | 'next'>, start: number): Promise<{ readonly next: number; readonly copied: number }> {
  const limit = Math.min(pageMax, start - move.next)
  const { leaves, rows } = await parts.store.read(async (view) => {
    const page = (await view.leaves(parts.log.origin, { from: move.next, limit })).filter(({ chain }) => networkOf(chain) === move.network)
    return { leaves: page, rows: move.way === 'indexed' ? await outboxOfAll(view, page.map(({ id }) => id)) : [] }
  })
  if (move.way === 'indexed') {
    const missing = leaves.map((leaf, place) => ({ leaf, known: rows[place] ?? [] })).filter(({ known }) => !known.some(({ target }) => target === move.to))
    await addRows(parts, move, missing)
  }
  return { next: move.next + limit, copied: leaves.length }
}

async function addRows(parts: Parts, { network, to }: Pick<Move, 'network' | 'to'>, missing: readonly { readonly leaf: Leaf; readonly known: readonly OutboxRow[] }[]): Promise<void> {
  if (missing.length === 0) return
  const createdAt = parts.now()
  const fresh = missing.filter(({ known }) => known.length === 0).map(({ leaf }) => placedEntry(leaf))
  const { records } = await deriveRecords(parts, fresh)
  const derived = new Map(fresh.map(({ id }, place) => [id, records[place]]))
  const rows = missing.flatMap(({ leaf, known: [row] }): readonly NewOutboxRow[] => {
    const record = row ?? derived.get(leaf.id)
    if (record === undefined) return []
    const { recordId, key, digest, epoch } = record
    return [{ target: to, item: leaf.id, stream: network, recordId, key, digest, epoch, createdAt }]
  })
  await parts.store.outbox.add(rows)
  parts.notices.queued()
}

export function placedEntry(leaf: Leaf): PlacedEntry {
  return { id: leaf.id, network: networkOf(leaf.chain), chain: leaf.chain, leafHash: leafHash(leaf.leafInput) }
}

/** The network in a chain's name. */
export function networkOf(chain: string): string {
  return chain.split('/')[0] as string
}

export async function outboxOfAll(view: ReadView, items: readonly string[]): Promise<readonly (readonly OutboxRow[])[]> {
  return Promise.all(items.map((item) => view.outboxOf(item)))
}
