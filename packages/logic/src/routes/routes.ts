import type { Guard, ReadView } from '@careledger/data-spec'
import { readRow, rowBytes } from '../entries/rows.ts'
import type { Parts } from '../parts.ts'
import type { Way } from './way.ts'

/**
 * A ledger that one network is, was or will be written to. It has every entry with an index from `from` (inclusive) to `until` (exclusive,
 * absent: for ever). Without `from` it is not whole: new entries go there, older ones are being copied, and nothing rests on it yet.
 */
export interface Leg {
  readonly target: string
  readonly way: Way
  readonly from?: number | undefined
  readonly until?: number | undefined
}

/** Which ledgers each network is written to, now and before. The one row of table `routes`; a move changes it and nothing else does. */
export interface Routes {
  readonly networks: Readonly<Record<string, readonly Leg[]>>
  /** Every ledger that was ever written to, by name: another ledger under a known name is refused. */
  readonly ledgers: Readonly<Record<string, { readonly ledgerId: string; readonly kind: string }>>
}
/** `version`: the row's; `undefined` while the configuration alone says where networks go. */
export interface StoredRoutes extends Routes {
  readonly version: number | undefined
}

const table = 'routes'
const key = 'routes'

/** The routes as a snapshot shows them; before the first start of the log, those of the configuration. */
export async function readRoutes(parts: Pick<Parts, 'routes' | 'targets'>, view: ReadView): Promise<StoredRoutes> {
  const row = await view.projection(table, key)
  const { networks, ledgers } = row === undefined ? configured(parts) : (readRow(row) as unknown as Routes)
  return { networks: named(networks), ledgers: named(ledgers), version: row?.version }
}

function configured(parts: Pick<Parts, 'routes' | 'targets'>): Routes {
  const networks = Object.fromEntries([...parts.routes].map(([network, legs]) => [network, legs.map((leg) => ({ ...leg, from: 0 }))]))
  return { networks, ledgers: ledgersOf(parts.targets) }
}

/** Without a prototype: names come from callers, and `constructor` is one. */
function named<T>(members: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null) as Record<string, T>, members)
}

/** Name, kind and id of each ledger that is open. */
export function ledgersOf(targets: Parts['targets']): Routes['ledgers'] {
  return Object.fromEntries(targets.map(({ name, ledger }) => {
    const { ledgerId, kind } = ledger.describe()
    return [name, { ledgerId, kind }]
  }))
}

/** Holds as long as nobody changes the routes. */
export function routesGuard({ version }: StoredRoutes): Guard {
  return { table, key, version }
}

/** The write that puts `next` in the place of the routes that were read. */
export function routesWrite(read: StoredRoutes, { networks, ledgers }: Routes) {
  return { table, key, expected: read.version, next: rowBytes({ networks, ledgers } as never) }
}

/** Where new entries of a network go. */
export function openLegs(routes: Routes, network: string): readonly Leg[] {
  return (routes.networks[network] ?? []).filter(({ until }) => until === undefined)
}

/** Where a network stands: ledgers that have all of it, on which `anchored`, proofs and direct reading rest. */
export function standingLegs(routes: Routes, network: string): readonly Leg[] {
  return openLegs(routes, network).filter(({ from }) => from !== undefined)
}

/** Names of the ledgers that get records of a network's new entries. */
export function indexedTargets(routes: Routes, network: string): readonly string[] {
  return [...new Set(openLegs(routes, network).flatMap(({ target, way }) => (way === 'indexed' ? [target] : [])))]
}

/** Names of the ledgers that get checkpoints: every one that a network is written to. Without any network: all that are open. */
export function checkpointTargets(parts: Pick<Parts, 'targets'>, routes: Routes): readonly string[] {
  return namesOr(parts, Object.keys(routes.networks).flatMap((network) => openLegs(routes, network)))
}

/** Names of the ledgers on which networks without a ledger of their own (identity, the log's) count as anchored. */
export function standingTargets(parts: Pick<Parts, 'targets'>, routes: Routes): readonly string[] {
  return namesOr(parts, Object.keys(routes.networks).flatMap((network) => standingLegs(routes, network)))
}

function namesOr(parts: Pick<Parts, 'targets'>, legs: readonly Leg[]): readonly string[] {
  return legs.length === 0 ? parts.targets.map(({ name }) => name) : [...new Set(legs.map(({ target }) => target))]
}

/** Whether a ledger must have a record of the network's entry at `index`. */
export function mustHold(routes: Routes, target: string, network: string, index: number): boolean {
  return indexedLegs(routes, target, network).some(({ from, until }) => from !== undefined && from <= index && index < (until ?? Infinity))
}

/** Whether a ledger may have records of the network: it is, was, or was about to be indexed there. */
export function mayHold(routes: Routes, target: string, network: string): boolean {
  return indexedLegs(routes, target, network).length > 0
}

function indexedLegs(routes: Routes, target: string, network: string): readonly Leg[] {
  return (routes.networks[network] ?? []).filter((leg) => leg.target === target && leg.way === 'indexed')
}
