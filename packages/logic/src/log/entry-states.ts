import type { ReadView } from '@careledger/data-spec'
import { holdsUntil, unrecorded } from '../decisions/recorded-view.ts'
import type { EntryState } from '../entries/signed-entry.ts'
import type { Parts } from '../parts.ts'
import { readRoutes, standingLegs, standingTargets, type Leg, type Routes } from '../routes/routes.ts'
import { readAnchored } from './anchored-row.ts'
import type { SettledEntry } from './settled-entries.ts'

/** How far one entry has come. */
export interface EntryProgress {
  readonly id: string
  readonly state: EntryState
  readonly index?: number | undefined
}

/**
 * States of at most 1,000 entries, in the order of `ids`; `undefined`: no such entry. `anchored`: final on every ledger of its network, by
 * its own record where the ledger is indexed, by a checkpoint that contains it elsewhere. Networks that no ledger covers count as
 * anchored once a checkpoint is final on every ledger. `blocked`: a ledger refused its record; an operator must look.
 */
export async function entryStates(parts: Parts, ids: readonly string[]): Promise<readonly (EntryProgress | undefined)[]> {
  return parts.store.read((view) => readStates(parts, view, ids))
}

/** For so long may an answer that is kept say that its entries are anchored. */
const anchoredForMs = 2_000

/** The same inside a snapshot that the caller has. An answer that shows an entry on its way is not kept. */
export async function readStates(parts: Parts, given: ReadView, ids: readonly string[]): Promise<readonly (EntryProgress | undefined)[]> {
  const states = await statesIn(parts, unrecorded(given), ids)
  if (ids.length > 0) holdsUntil(given, states.every((one) => one?.state === 'anchored') ? parts.now().getTime() + anchoredForMs : 0)
  return states
}

async function statesIn(parts: Parts, view: ReadView, ids: readonly string[]): Promise<readonly (EntryProgress | undefined)[]> {
  const known = ids.some((id) => parts.settledEntries.get(id) !== undefined)
  const [routes, anchored, counts] = await Promise.all([
    readRoutes(parts, view),
    Promise.all(parts.targets.map((target) => readAnchored(view, target.name))),
    known ? view.outboxSummary() : [],
  ])
  const anchoredSizes = new Map(parts.targets.map((target, place) => [target.name, anchored[place]?.size ?? 0]))
  const stateOfEntry = ({ network, index, rows }: SettledEntry): EntryState => stateOf(dueLegs(parts, routes, network), index, rows, anchoredSizes)
  // A final row is only ever left for a blocked one: while none is, what was settled stands.
  const settled = counts.some(({ state, count }) => state === 'blocked' && count > 0) ? [] : ids.map((id) => parts.settledEntries.get(id))
  const progress = ids.map((id, place): EntryProgress | undefined => {
    const entry = settled[place]
    return entry !== undefined && stateOfEntry(entry) === 'anchored' ? { id, index: entry.index, state: 'anchored' } : undefined
  })
  const open = ids.filter((_, place) => progress[place] === undefined)
  if (open.length === 0) return progress
  const [entries, leaves, outbox] = await Promise.all([
    view.entries(open),
    Promise.all(open.map((id) => view.leafOf(parts.log.origin, id))),
    Promise.all(open.map((id) => view.outboxOf(id))),
  ])
  const read = new Map(entries.flatMap((entry, place): [string, EntryProgress][] => {
    if (entry === undefined) return []
    const leaf = leaves[place]
    if (leaf === undefined) return [[entry.id, { id: entry.id, state: 'stored' }]]
    const found: SettledEntry = { network: entry.network, index: leaf.index, rows: (outbox[place] ?? []).map(({ target, state }) => ({ target, state })) }
    const state = stateOfEntry(found)
    if (state === 'anchored' && found.rows.every((row) => row.state === 'final')) parts.settledEntries.set(entry.id, found)
    return [[entry.id, { id: entry.id, index: leaf.index, state }]]
  }))
  return ids.map((id, place) => progress[place] ?? read.get(id))
}

/** The ledgers whose finality counts for a network: where it stands. A ledger that it is only moving to does not hold it up. */
function dueLegs(parts: Pick<Parts, 'targets'>, routes: Routes, network: string): readonly Leg[] {
  const standing = standingLegs(routes, network)
  return standing.length > 0 ? standing : standingTargets(parts, routes).map((target) => ({ target, way: 'checkpointed' }))
}

function stateOf(legs: readonly Leg[], index: number, rows: SettledEntry['rows'], anchoredSizes: ReadonlyMap<string, number>): EntryState {
  const indexed = new Set(legs.flatMap(({ target, way }) => (way === 'indexed' ? [target] : [])))
  if (rows.some((row) => row.state === 'blocked' && indexed.has(row.target))) return 'blocked'
  const isFinal = ({ target, way }: Leg): boolean =>
    way === 'indexed' ? rows.some((row) => row.target === target && row.state === 'final') : (anchoredSizes.get(target) ?? 0) > index
  return legs.length > 0 && legs.every(isFinal) ? 'anchored' : 'sequenced'
}
