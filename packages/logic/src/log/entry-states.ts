import type { Leaf, OutboxRow, ReadView } from '@careledger/data-spec'
import type { EntryState } from '../entries/signed-entry.ts'
import type { Parts } from '../parts.ts'
import { readRoutes, standingLegs, standingTargets, type Leg, type Routes } from '../routes/routes.ts'
import { readAnchored } from './anchored-row.ts'

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

/** The same inside a snapshot that the caller has. */
export async function readStates(parts: Parts, view: ReadView, ids: readonly string[]): Promise<readonly (EntryProgress | undefined)[]> {
  const [routes, entries, leaves, outbox, anchored] = await Promise.all([
    readRoutes(parts, view),
    view.entries(ids),
    Promise.all(ids.map((id) => view.leafOf(parts.log.origin, id))),
    Promise.all(ids.map((id) => view.outboxOf(id))),
    Promise.all(parts.targets.map((target) => readAnchored(view, target.name))),
  ])
  const anchoredSizes = new Map(parts.targets.map((target, place) => [target.name, anchored[place]?.size ?? 0]))
  return entries.map((entry, place) => {
    if (entry === undefined) return undefined
    const leaf = leaves[place]
    if (leaf === undefined) return { id: entry.id, state: 'stored' as const }
    return { id: entry.id, index: leaf.index, state: stateOf(dueLegs(parts, routes, entry.network), leaf, outbox[place] ?? [], anchoredSizes) }
  })
}

/** The ledgers whose finality counts for a network: where it stands. A ledger that it is only moving to does not hold it up. */
function dueLegs(parts: Pick<Parts, 'targets'>, routes: Routes, network: string): readonly Leg[] {
  const standing = standingLegs(routes, network)
  return standing.length > 0 ? standing : standingTargets(parts, routes).map((target) => ({ target, way: 'checkpointed' }))
}

function stateOf(legs: readonly Leg[], leaf: Leaf, rows: readonly OutboxRow[], anchoredSizes: ReadonlyMap<string, number>): EntryState {
  const indexed = new Set(legs.flatMap(({ target, way }) => (way === 'indexed' ? [target] : [])))
  if (rows.some((row) => row.state === 'blocked' && indexed.has(row.target))) return 'blocked'
  const isFinal = ({ target, way }: Leg): boolean =>
    way === 'indexed' ? rows.some((row) => row.target === target && row.state === 'final') : (anchoredSizes.get(target) ?? 0) > leaf.index
  return legs.length > 0 && legs.every(isFinal) ? 'anchored' : 'sequenced'
}
