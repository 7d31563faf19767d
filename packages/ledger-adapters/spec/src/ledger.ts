import type { LedgerErrorCode, LedgerErrorDetails } from './ledger-error.ts'
import type { Evidence, Membership, PrivateStreams } from './ledger-parts.ts'
import type {
  LedgerRecord,
  ListedRecord,
  NewRecord,
  Page,
  Position,
  Receipt,
  RecordId,
  RecordKey,
  StreamName,
} from './ledger-record.ts'

export type LedgerCapability = 'private-streams' | 'membership' | 'evidence'

export interface LedgerLimits {
  /** Most records in one `append`, at least 1. */
  readonly recordsMax: number
  /** Most bytes of one `append`: each record counts `recordBytes` plus `dataFactor` times its `data` (Fabric: 1,024 and 2). */
  readonly appendBytesMax: number
  readonly recordBytes: number
  readonly dataFactor: number
  /** Most bytes in one record's `data`, at least 1,024. */
  readonly dataBytesMax: number
  /** Most ids in one `getMany`, most receipts in one `finality`, most records in one page; at least 1. */
  readonly pageMax: number
}

/** What a ledger is and promises. [describe-1] Its numbers keep their bounds, it does not change while the object lives, and every client and every restart says the same. */
export interface LedgerDescription {
  readonly specVersion: 'v1'
  /** `ethereum`, `fabric`, ...: for people. */
  readonly kind: string
  /** Same value if and only if same chain and same contract, chaincode or stream set: genesis hash and address, never a URL. */
  readonly ledgerId: string
  readonly limits: LedgerLimits
  /** Longest time after which an accepted append is still expected to become final; the caller alarms later than this. */
  readonly finalWithinMs: number
  /** `ordered`: the ledger itself refuses a lost race whole (append-4). `first-final`: uniqueness is decided by final order. */
  readonly append: 'ordered' | 'first-final'
  /**
   * [capability-1] Declared: works. Not declared: every method of that part rejects with LEDGER_NOT_SUPPORTED. The parts are
   * always there, so a caller who forgot to ask gets a code and not a TypeError.
   */
  readonly capabilities: ReadonlySet<LedgerCapability>
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

export interface AppendOptions extends CallOptions {
  /** Resolve when the ledger has accepted (default) or only when [until-1] every record is final, and so listed. */
  readonly until?: 'accepted' | 'final' | undefined
}

export interface ListQuery {
  readonly key?: RecordKey | undefined
  readonly after?: Position | undefined
  /** 1 to `limits.pageMax`. */
  readonly limit: number
}

export interface WatchOptions {
  readonly after?: Position | undefined
  readonly signal: AbortSignal
}

export type Finality = 'absent' | 'pending' | 'final' | 'lost'

export interface LedgerHealth {
  readonly ok: boolean
  /** Ledger's height now and the height up to which records are final, if it has heights. */
  readonly height?: bigint | undefined
  readonly finalHeight?: bigint | undefined
  /** `details` names the place where a problem has one, as in a LedgerError. */
  readonly problems: readonly { readonly code: LedgerErrorCode; readonly message: string; readonly details?: LedgerErrorDetails | undefined }[]
}

/**
 * [order-1] A stream has one order of final records, the ledger's own; `list`, `list` by key and `watch` all follow it.
 * [effective-1] Of several ledger items with one id in one stream, the first in that order is the record of that id, the others
 * do not exist for any verb. [effective-2] What an account without write permission put there does not exist either.
 *
 * For every verb: [input-1] input that breaks its form or a limit (stream, id, key, digest, data, count, bytes, page, position)
 * rejects with LEDGER_INVALID_RECORD, and nothing is sent. [abort-1] A signal that is aborted already rejects with
 * LEDGER_ABORTED, whose `cause` is the signal's reason. [error-1] Whatever is thrown is a `LedgerError`; its message and details
 * carry no data, key or URL. [concurrent-1] Calls at the same time, on one object or on several, each get the answer that they would
 * get alone.
 */
export interface Ledger {
  describe(): LedgerDescription

  /**
   * Puts 1 to `recordsMax` records with distinct ids on the ledger.
   * [append-1] One ledger transaction: either every record that was missing is accepted or none is.
   * [append-2] Records already there with equal digest, key and data count as appended; only missing ones are sent, and if
   *   nothing is missing nothing is sent.
   * [append-3] If an id is visible with other content when the call starts: LEDGER_CONFLICT naming every such id, nothing sent.
   * [append-4] If another writer wins the race for an id after that: on an `ordered` ledger (it checks the stream's size: Fabric,
   *   Ethereum, HydraChain, in-memory) the whole append is refused by the ledger and tried again inside the call; LEDGER_CONFLICT
   *   then means that nothing of it stands. On the others (MultiChain) this append's other records stand; for the lost id the
   *   call rejects with LEDGER_CONFLICT if it still runs, and `finality` becomes `lost`. Never are two contents final.
   * [append-5] LEDGER_UNAVAILABLE, LEDGER_INVALID_RECORD, LEDGER_UNAUTHORISED, LEDGER_REJECTED, LEDGER_CONFLICT by append-3:
   *   nothing of this call is or will be on the ledger. LEDGER_OUTCOME_UNKNOWN: it may be, now or later. Calling again with the
   *   same records is always safe and is the one way to settle it.
   * [append-6] Concurrent calls from any number of processes and accounts are safe; throughput, not correctness, may suffer. A
   *   client object keeps one append in flight per stream where the ledger wants it so; further calls wait in a bounded queue
   *   (full: LEDGER_UNAVAILABLE) and may be joined up to `recordsMax`.
   * [append-7] Records sent by one call stand next to each other in stream order, in the order given.
   * [append-8] An abort before sending leaves nothing; an abort after sending rejects with LEDGER_OUTCOME_UNKNOWN.
   */
  append(stream: StreamName, records: readonly NewRecord[], options?: AppendOptions): Promise<readonly Receipt[]>

  /**
   * [get-1] `undefined`: no record that this ledger shows now; never proof that an append in doubt will not arrive.
   * [get-2] After `append` resolved, the same object sees at least that state. [get-3] Answers stand in the order of `ids`.
   */
  getMany(
    stream: StreamName,
    ids: readonly RecordId[],
    options?: CallOptions,
  ): Promise<readonly (LedgerRecord | undefined)[]>

  /**
   * Final records after `after` (exclusive), oldest first; with `key` only those. [list-1] No record is skipped or doubled by
   * paging while others append. [list-2] A page is short only at the end. [list-3] An unknown key or empty stream: empty page.
   */
  list(stream: StreamName, query: ListQuery, options?: CallOptions): Promise<Page>

  /**
   * Final records after `after`, for ever. [watch-1] Each once per iteration, in stream order. [watch-2] Resuming from a record's
   * position gives exactly the later ones. [watch-3] Outages shorter than `reconnectForMs` of the settings are bridged silently;
   * longer ones end the iteration with LEDGER_UNAVAILABLE, a broken promise of finality with LEDGER_CORRUPTION; the position of
   * the last record stays good. [watch-4] Pulls: a slow reader holds at most one page in memory. [watch-5] Abort or `break` ends
   * it and frees everything: `break` quietly, abort with LEDGER_ABORTED.
   */
  watch(stream: StreamName, options: WatchOptions): AsyncIterable<ListedRecord>

  /**
   * State of the *record*, found by stream, id and digest, whichever transaction carries it. [finality-1] `final` never changes
   * again within the promise that the adapter states and has measured (confirmations, quorum); a final record that moves is
   * LEDGER_CORRUPTION. [finality-2] `lost` only on evidence: another digest is final for that id. [finality-3] Dropped, replaced,
   * reorged out and unknown are `absent`: append again with the same id.
   */
  finality(
    receipts: readonly Pick<Receipt, 'stream' | 'id' | 'digest'>[],
    options?: CallOptions,
  ): Promise<readonly Finality[]>

  /** [health-1] Never rejects except LEDGER_CLOSED: an aborted signal or a dead node is a problem in the answer. */
  health(options?: CallOptions): Promise<LedgerHealth>

  /**
   * [close-1] Idempotent. [close-2] Running calls end with LEDGER_CLOSED or, if sent, LEDGER_OUTCOME_UNKNOWN; later ones with
   * LEDGER_CLOSED. [close-3] Nothing keeps the process alive.
   */
  close(): Promise<void>

  readonly privateStreams: PrivateStreams
  readonly membership: Membership
  readonly evidence: Evidence
}
