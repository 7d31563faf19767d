import type { Decision, ReadView, StoredEntry } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { chainOf, decisionHash, leafHash, merklePaths, parseDecisionRange, toDecisionProof, utf8, type DecisionRange } from '@careledger/proof'
import { openEntry } from '../entries/open-entry.ts'
import { ownPatients } from '../hospital/patients.ts'
import { buildProofIn } from '../log/build-proof.ts'
import { logNetwork } from '../log/log-network.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { auditedOrganisation, eventsInScope } from './audit-scope.ts'
import { before } from './decision-ids.ts'

/**
 * The proof file that the log holds one decision (docs/proof-format.md), for whoever may see its AuditEvent: the event follows from the
 * decision's bytes alone. O(log n), and as many decisions as one second had. Errors: NOT_ALLOWED; UNAVAILABLE while no entry covers it or no checkpoint contains that entry.
 */
export async function proveDecision(parts: Parts, actor: Actor, id: string): Promise<Uint8Array> {
  return parts.store.read(async (view) => {
    const decision = (await view.decisions({ after: before(id), limit: 1 })).rows.find((row) => row.id === id)
    const organisation = auditedOrganisation(actor)
    const scope = organisation === undefined ? { patients: (await ownPatients(view, actor.party)).map(({ key }) => key) } : { organisation }
    const [seen] = decision === undefined ? [] : await eventsInScope(view, parts.log.origin, scope, [decision])
    // What an organisation may only see without its patient has no proof that could be shown.
    if (decision === undefined || seen === undefined || (seen.record.outcome === 'refused' && 'organisation' in scope && decision.about !== undefined && !shows(seen))) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    const covering = await findCovering(parts, view, id)
    if (covering === undefined) throw new LogicError('UNAVAILABLE', 'The log does not cover this decision yet. Ask again in a minute.', { details: { id } })
    const hashes: Uint8Array[] = []
    let index = -1
    for await (const row of between(view, covering.range)) {
      if (row.id === id) index = hashes.length
      hashes.push(leafHash(decisionHash(row)))
    }
    const path = merklePaths(hashes).paths[index]
    const proof = await buildProofIn(parts, view, covering.entry.id, { opening: true })
    if (path === undefined || proof === undefined) throw new LogicError('CORRUPTION', 'The decisions are not those that the log covers.', { details: { id } })
    return toDecisionProof(decision, { index, path }, utf8(proof))
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

/** Whether the events name the patient. */
function shows({ events }: { readonly events: readonly { readonly entity?: readonly { readonly what?: { readonly type?: string } }[] }[] }): boolean {
  return events.some(({ entity }) => entity?.some(({ what }) => what?.type === 'Patient') === true)
}

async function* between(view: ReadView, range: DecisionRange): AsyncGenerator<Decision> {
  for (let after = before(range.first); ; ) {
    const page = await view.decisions({ after, limit: 1000 })
    for (const row of page.rows) {
      if (row.id > range.last) return
      yield row
    }
    if (page.next === undefined) return
    after = page.next
  }
}

interface Covering {
  readonly entry: StoredEntry
  readonly range: DecisionRange
}

/** The ranges of the log's own chain ascend: halved until the one is found. */
async function findCovering(parts: Parts, view: ReadView, id: string): Promise<Covering | undefined> {
  const chain = chainOf({ network: logNetwork.name, custodian: parts.system.custodian })
  let low = 0
  for (let high = await chainLength(view, parts.log.origin, chain); low < high; ) {
    const middle = (low + high) >> 1
    const covering = await coveringAt(parts, view, chain, middle)
    if (id < covering.range.first) high = middle
    else if (id > covering.range.last) low = middle + 1
    else return covering
  }
  return undefined
}

async function coveringAt(parts: Parts, view: ReadView, chain: string, sequence: number): Promise<Covering> {
  const [leaf] = await view.chainLeaves(parts.log.origin, chain, { from: sequence, limit: 1 })
  const entry = leaf === undefined ? undefined : await view.entry(leaf.id)
  const opening = entry === undefined ? undefined : await openEntry(parts, entry)
  const range = opening === undefined || opening === 'erased' || !('payload' in opening) ? undefined : parseDecisionRange(opening.payload)
  if (entry === undefined || range === undefined) throw new LogicError('CORRUPTION', 'An entry that covers decisions cannot be read.', { details: { sequence } })
  return { entry, range }
}

/** How many entries the chain has: doubled until there is none, then halved. */
async function chainLength(view: ReadView, log: string, chain: string): Promise<number> {
  const has = async (sequence: number): Promise<boolean> => (await view.chainLeaves(log, chain, { from: sequence, limit: 1 })).length > 0
  let high = 1
  while (await has(high - 1)) high *= 2
  let low = high >> 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (await has(middle)) low = middle + 1
    else high = middle
  }
  return low
}
