import type { OutboxState } from '@careledger/data-spec'
import type { LedgerHealth } from '@careledger/ledger-spec'
import { verifyCosignatures } from '@careledger/proof'
import type { LedgerTarget, Parts } from '../parts.ts'
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
}
export interface LedgerOverview {
  readonly name: string
  readonly kind: string
  readonly ledgerId: string
  readonly way: LedgerTarget['way']
  readonly networks: readonly string[]
  readonly capabilities: readonly string[]
  readonly health: LedgerHealth
  /** Rows by state. */
  readonly outbox: Readonly<Partial<Record<OutboxState, number>>>
  /** When the oldest row was made that is not final. */
  readonly oldestNotFinal?: Date | undefined
}

const waitingMax = 1000
const healthMs = 3000

/** Log, store, ledgers and outbox as they are now. A ledger that does not answer within 3 s is not ok. Errors: those of the store. */
export async function readOverview(parts: Parts): Promise<Overview> {
  const { origin } = parts.log
  const [{ tree, checkpoint, outbox }, waiting, health, ledgers] = await Promise.all([
    parts.store.read(async (view) => {
      const [tree, checkpoint, outbox] = await Promise.all([view.treeState(origin), view.checkpoint(origin), view.outboxSummary()])
      return { tree, checkpoint, outbox }
    }),
    parts.store.sequencer.waiting(origin, waitingMax),
    parts.store.health(),
    Promise.all(parts.targets.map(async (target) => ({ target, health: await healthOf(target) }))),
  ])
  const cosignatures = checkpoint === undefined ? [] : await verifyCosignatures(checkpoint.note, knownWitnesses(parts))
  const times = cosignatures.map(({ time }) => time.getTime())
  return {
    log: {
      origin, size: tree.size, waiting: waiting.length, checkpointSize: checkpoint?.size, witnesses: cosignatures.length, witnessThreshold: parts.instance.witnessThreshold,
      checkpointAt: times.length === 0 ? undefined : new Date(Math.min(...times)),
    },
    store: { ...health, durability: parts.store.describe().durability },
    ledgers: ledgers.map(({ target, health: ledgerHealth }) => {
      const { kind, ledgerId, capabilities } = target.ledger.describe()
      const rows = outbox.filter((row) => row.target === target.name)
      const oldest = rows.flatMap((row) => (row.state === 'final' || row.oldest === undefined ? [] : [row.oldest.getTime()]))
      return {
        name: target.name, kind, ledgerId, way: target.way, networks: target.networks, capabilities: [...capabilities], health: ledgerHealth,
        outbox: Object.fromEntries(rows.map(({ state, count }) => [state, count])),
        oldestNotFinal: oldest.length === 0 ? undefined : new Date(Math.min(...oldest)),
      }
    }),
  }
}

async function healthOf(target: LedgerTarget): Promise<LedgerHealth> {
  try {
    return await target.ledger.health({ signal: AbortSignal.timeout(healthMs) })
  } catch {
    return { ok: false, problems: [{ code: 'LEDGER_UNAVAILABLE', message: 'The ledger does not answer.' }] }
  }
}
