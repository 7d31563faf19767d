import type { Leaf, OutboxRow, ReadView } from '@careledger/data-spec'
import type { EntryState } from '../entries/signed-entry.ts'
import type { LedgerTarget, Parts } from '../parts.ts'
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
  const [entries, leaves, outbox, anchored] = await Promise.all([
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
    return { id: entry.id, index: leaf.index, state: stateOf(dueTargets(parts, entry.network), leaf, outbox[place] ?? [], anchoredSizes) }
  })
}

/** The ledgers whose finality counts for a network. */
export function dueTargets(parts: Pick<Parts, 'targets'>, network: string): readonly LedgerTarget[] {
  const covering = parts.targets.filter((target) => target.networks.includes(network))
  return covering.length > 0 ? covering : parts.targets.map((target) => ({ ...target, way: 'checkpoints' as const }))
}

function stateOf(targets: readonly LedgerTarget[], leaf: Leaf, rows: readonly OutboxRow[], anchoredSizes: ReadonlyMap<string, number>): EntryState {
  if (rows.some((row) => row.state === 'blocked')) return 'blocked'
  const isFinal = (target: LedgerTarget): boolean =>
    target.way === 'indexed'
      ? rows.some((row) => row.target === target.name && row.state === 'final')
      : (anchoredSizes.get(target.name) ?? 0) > leaf.index
  return targets.length > 0 && targets.every(isFinal) ? 'anchored' : 'sequenced'
}
