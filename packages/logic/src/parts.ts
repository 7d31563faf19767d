import type { DataStore, DocumentStore } from '@careledger/data-spec'
import type { CodeList } from './hospital/codes/code-list.ts'
import type { KeyVault } from '@careledger/identity'
import type { Ledger } from '@careledger/ledger-spec'
import type { Author, PublicJwk, Signer } from '@careledger/proof'
import { createOpenedCharts, type OpenedCharts } from './decisions/opened-charts.ts'
import type { NetworkDefinition } from './entries/network-definition.ts'
import { createKnownRows, type KnownRows } from './entries/known-rows.ts'
import { logNetwork } from './log/log-network.ts'
import { createNotices, type Notices } from './log/notices.ts'
import { createSettledEntries, type SettledEntries } from './log/settled-entries.ts'
import type { WitnessNode } from './log/witness-node.ts'
import { createMeters, type Meters } from './anchor/ledger-meter.ts'
import type { Way } from './routes/way.ts'

/** Everything that logic works with, handed in by the composition root. Ports only. */
export interface Parts {
  readonly store: DataStore
  readonly documents: DocumentStore
  /** One vault for each custodian whose payloads this instance holds, by organisation id. */
  readonly vaults: Pick<ReadonlyMap<string, KeyVault>, 'get' | 'keys'>
  readonly targets: readonly LedgerTarget[]
  /** What the configuration says of each network's ledgers, one or two. Where a network stands, the store says: `readRoutes`. */
  readonly routes: ReadonlyMap<string, readonly { readonly target: string; readonly way: Way }[]>
  /** `former`: keys that signed it before, with the last state of each and the `log-key-changed` entry. */
  readonly log: { readonly origin: string; readonly signer: Signer; readonly former?: readonly FormerLogKey[] | undefined }
  /** The platform's own witness, under a key of its own. */
  readonly cosigner?: { readonly name: string; readonly signer: Signer } | undefined
  /** Members' witnesses, asked to cosign each checkpoint that goes to the ledgers. */
  readonly witnesses: readonly WitnessNode[]
  /** The platform's system key; it writes `decisions-recorded`, sealed in the vault of `custodian`. */
  readonly system: { readonly signer: Signer; readonly author: Author; readonly custodian: string }
  /** By name; every network whose entries may be written here. */
  readonly networks: ReadonlyMap<string, NetworkDefinition>
  readonly settings: LogSettings
  /** What the instance says of itself. */
  readonly instance: Instance
  now(): Date
  /** What happens inside this process: stored, sequenced, anchored. */
  readonly notices: Notices
  /** Rows read before, with their versions; every use is guarded at commit, so a stale one costs a retry and nothing else. */
  readonly knownRows: KnownRows
  /** Entries seen anchored, by id: `readStates` need not look their rows up again. */
  readonly settledEntries: SettledEntries
  /** What lies open of patients' charts; only a permit leads to it. */
  readonly openedCharts: OpenedCharts
  /** What this process sees of each ledger: how fast records become final, how it answers, what it costs. */
  readonly meters: Meters
}

/** A key that the log signed with until it was changed. `root`: base64url of 32 bytes. */
export interface FormerLogKey { readonly key: PublicJwk; readonly size: number; readonly root: string; readonly entry: string }

/** What the instance says of itself, for verifiers and people. */
export interface Instance {
  readonly version: string
  /** Made-up people and data only. */
  readonly demo: boolean
  /** Cosignatures a verifier should ask for. Default: 1 where the platform cosigns, else 0. */
  readonly witnessThreshold: number
  /** Keys of the chart's sections in the order shown, by organisation, and `default` for the others. Absent: every section, allergies first. */
  readonly chartSections: Readonly<Record<string, readonly string[]>>
  /** Code lists that an organisation offers in its forms; those of `default` where it has none. */
  readonly codeLists: (organisation: string) => Promise<readonly CodeList[]>
}

/** One ledger that this instance may write to. */
export interface LedgerTarget {
  /** `[a-z0-9][a-z0-9-]{0,30}`, unique; the outbox's target. */
  readonly name: string
  readonly ledger: Ledger
  /**
   * Whether this process may append now; asked before each round. Absent: always. For a ledger that one process at a time writes: `false`
   * while another one does.
   */
  readonly mayAppend?: (() => Promise<boolean>) | undefined
  /** Networks that are written to it from the start, where `routes` does not say it; all of them this `way` (default `indexed`). */
  readonly networks?: readonly string[] | undefined
  readonly way?: Way | undefined
}

export interface LogSettings {
  /** Between two batches of the sequencer. Default 50 ms. */
  readonly sequenceEveryMs: number
  /** Most entries in one batch; as many waiting start one at once. Default 1,024. */
  readonly sequenceMax: number
  /** How long a lease lasts without renewal. Default 3,000 ms. */
  readonly leaseMs: number
  /** A checkpoint goes to the ledgers at most this often (default 5,000 ms) or after `checkpointLeaves` (default 4,096). */
  readonly checkpointEveryMs: number
  readonly checkpointLeaves: number
  /** How long a claimed outbox row stays with one worker, and how often a pending one is asked for again. Default 4,000 ms. */
  readonly outboxLeaseMs: number
  /** Longest pause between two tries against a ledger that is down. Default 4,000 ms. */
  readonly anchorBackoffMaxMs: number
  /** The span of time whose decisions one `decisions-recorded` entry covers, and how often one is looked for. Default 1,000 ms. */
  readonly decisionsEveryMs: number
  /** A decision is covered once it is this old, so that a slower commit with a smaller id cannot fall behind; 0: at once, whole spans or not. Default 30,000 ms. */
  readonly decisionsSettleMs: number
  /** How long the end of a move waits for the last records of the ledger that is left. Default 30,000 ms. */
  readonly moveCloseMs: number
  /** Longest wait for `sequenced` or `anchored`; then the receipt says how far it came. Default 30,000 ms. */
  readonly waitMaxMs: number
}

export const defaultSettings: LogSettings = {
  sequenceEveryMs: 50,
  sequenceMax: 1024,
  leaseMs: 3000,
  checkpointEveryMs: 5000,
  checkpointLeaves: 4096,
  outboxLeaseMs: 4000,
  anchorBackoffMaxMs: 4000,
  decisionsEveryMs: 1000,
  decisionsSettleMs: 30_000,
  moveCloseMs: 30_000,
  waitMaxMs: 30_000,
}

export interface PartsOptions extends Omit<Parts, 'networks' | 'routes' | 'settings' | 'instance' | 'now' | 'notices' | 'knownRows' | 'openedCharts' | 'settledEntries' | 'meters' | 'witnesses'> {
  /** Default: from the targets' `networks` and `way`. */
  readonly routes?: Parts['routes'] | undefined
  readonly networks: readonly NetworkDefinition[]
  readonly settings?: Partial<LogSettings> | undefined
  readonly instance?: Partial<Instance> | undefined
  readonly witnesses?: readonly WitnessNode[] | undefined
  /** Most bytes of opened charts held in memory; 0: none. Default 128 MiB. */
  readonly openedBytesMax?: number | undefined
  /** Default: the system clock. */
  readonly now?: (() => Date) | undefined
}

/** Joins what the composition root hands in with this process's own state. Throws TypeError for two networks or targets of one name, and for a route to no target. */
export function createParts(options: PartsOptions): Parts {
  const networks = new Map([...options.networks, logNetwork].map((network) => [network.name, network]))
  if (networks.size !== options.networks.length + 1) throw new TypeError('Two networks have the same name.')
  const names = new Set(options.targets.map((target) => target.name))
  if (names.size !== options.targets.length) throw new TypeError('Two ledger targets have the same name.')
  const routes = options.routes ?? routesOf(options.targets)
  for (const legs of routes.values()) for (const { target } of legs) if (!names.has(target)) throw new TypeError(`A network is routed to ${target}, which is no ledger target.`)
  return {
    ...options,
    networks,
    witnesses: options.witnesses ?? [],
    routes,
    settings: { ...defaultSettings, ...options.settings },
    instance: { version: '0.1.0', demo: false, witnessThreshold: options.cosigner === undefined ? 0 : 1, chartSections: {}, codeLists: async () => [], ...options.instance },
    now: options.now ?? (() => new Date()),
    notices: createNotices(),
    knownRows: createKnownRows(),
    settledEntries: createSettledEntries(),
    openedCharts: createOpenedCharts({ bytesMax: options.openedBytesMax }),
    meters: createMeters(),
  }
}

function routesOf(targets: readonly LedgerTarget[]): Parts['routes'] {
  const pairs = targets.flatMap(({ name, networks = [], way = 'indexed' }) => networks.map((network) => ({ network, target: name, way })))
  return new Map([...Map.groupBy(pairs, ({ network }) => network)].map(([network, legs]) => [network, legs.map(({ target, way }) => ({ target, way }))]))
}
