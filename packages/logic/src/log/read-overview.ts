import type { OutboxState } from '@careledger/data-spec'
import type { LedgerHealth } from '@careledger/ledger-spec'
import { verifyCosignatures } from '@careledger/proof'
import { healthOf } from '../anchor/ledger-health.ts'
import type { LedgerMeasures } from '../anchor/ledger-meter.ts'
import type { Parts } from '../parts.ts'
import { openLegs, readRoutes, type StoredRoutes } from '../routes/routes.ts'
import type { Way } from '../routes/way.ts'
import { readAnchored } from './anchored-row.ts'
import { knownWitnesses } from './read-trust.ts'

/** One answer for the operator. */
export interface Overview {
  readonly log: {
    readonly origin: string
    readonly size: number
    /** Entries without an index, counted up to 1,000. */
    readonly waiting: number
    readonly checkpointSize?: number | undefined
    /** By the earliest cosignature on the newest checkpoint. */
    readonly checkpointAt?: Date | undefined
    /** Cosignatures that hold on it. */
    readonly witnesses: number
    readonly witnessThreshold: number
  }
  readonly store: { readonly ok: boolean; readonly durability: 'power-loss' | 'process-death' | 'none'; readonly problems: readonly string[] }
  readonly ledgers: readonly LedgerOverview[]
  /** Every network that is written to ledgers of its own, with those that it is written to now. */
  readonly networks: readonly NetworkOverview[]
}
export interface NetworkOverview {
  readonly name: string
  readonly ledgers: readonly NetworkLedger[]
  /** What the configuration says. A move changes where a network stands, not the configuration. */
  readonly configured: readonly { readonly ledger: string; readonly way: Way }[]
}
export interface NetworkLedger {
  readonly ledger: string
  readonly way: Way
  /** It has every entry; `false`: older ones are being copied. */
  readonly whole: boolean
}
export interface LedgerOverview {
  readonly name: string
  readonly kind: string
  readonly ledgerId: string
  /** Networks that are written to it now; empty for a ledger that nothing is written to. */
  readonly networks: readonly { readonly network: string; readonly way: Way; readonly whole: boolean }[]
  /** `ordered` ledgers refuse a lost race; on others the first final record counts. */
  readonly append: 'ordered' | 'first-final'
  /** Longest time from accepted to final that is expected, in milliseconds. */
  readonly finalWithinMs: number
  /** Size of the newest checkpoint that is final there. */
  readonly anchoredSize?: number | undefined
  readonly measures: LedgerMeasures
  readonly capabilities: readonly string[]
  readonly health: LedgerHealth
  /** Rows by state. */
  readonly outbox: Readonly<Partial<Record<OutboxState, number>>>
  /** When the oldest row was made that is not final. */
  readonly oldestNotFinal?: Date | undefined
}

const waitingMax = 1000

/** Log, store, ledgers and outbox as they are now. A ledger that does not answer within 3 s is not ok. Errors: those of the store. */
export async function readOverview(parts: Parts): Promise<Overview> {
  const { origin } = parts.log
  const [{ tree, checkpoint, outbox, routes, anchored }, waiting, health, ledgers] = await Promise.all([
    parts.store.read(async (view) => {
      const [tree, checkpoint, outbox, routes, anchored] = await Promise.all([
        view.treeState(origin), view.checkpoint(origin), view.outboxSummary(), readRoutes(parts, view), Promise.all(parts.targets.map(({ name }) => readAnchored(view, name))),
      ])
      return { tree, checkpoint, outbox, routes, anchored }
    }),
    parts.store.sequencer.waiting(origin, waitingMax),
    parts.store.health(),
    Promise.all(parts.targets.map(async (target) => ({ target, health: await healthOf(target.ledger) }))),
  ])
  const cosignatures = checkpoint === undefined ? [] : await verifyCosignatures(checkpoint.note, knownWitnesses(parts))
  const times = cosignatures.map(({ time }) => time.getTime())
  return {
    log: {
      origin, size: tree.size, waiting: waiting.length, checkpointSize: checkpoint?.size, witnesses: cosignatures.length, witnessThreshold: parts.instance.witnessThreshold,
      checkpointAt: times.length === 0 ? undefined : new Date(Math.min(...times)),
    },
    store: { ...health, durability: parts.store.describe().durability },
    networks: networksOf(parts, routes),
    ledgers: ledgers.map(({ target, health: ledgerHealth }, place) => {
      const { kind, ledgerId, capabilities, append, finalWithinMs } = target.ledger.describe()
      const rows = outbox.filter((row) => row.target === target.name)
      const oldest = rows.flatMap((row) => (row.state === 'final' || row.oldest === undefined ? [] : [row.oldest.getTime()]))
      return {
        name: target.name, kind, ledgerId, networks: onLedger(routes, target.name), capabilities: [...capabilities], append, finalWithinMs, health: ledgerHealth,
        anchoredSize: anchored[place]?.size, measures: parts.meters(target.name).read(parts.now()),
        outbox: Object.fromEntries(rows.map(({ state, count }) => [state, count])),
        oldestNotFinal: oldest.length === 0 ? undefined : new Date(Math.min(...oldest)),
      }
    }),
  }
}

function networksOf(parts: Parts, routes: StoredRoutes): readonly NetworkOverview[] {
  return Object.keys(routes.networks).sort().map((name) => ({
    name,
    ledgers: openLegs(routes, name).map(({ target, way, from }) => ({ ledger: target, way, whole: from !== undefined })),
    configured: (parts.routes.get(name) ?? []).map(({ target, way }) => ({ ledger: target, way })),
  }))
}

function onLedger(routes: StoredRoutes, target: string): LedgerOverview['networks'] {
  return Object.keys(routes.networks).sort().flatMap((network) =>
    openLegs(routes, network).flatMap((leg) => (leg.target === target ? [{ network, way: leg.way, whole: leg.from !== undefined }] : [])))
}
