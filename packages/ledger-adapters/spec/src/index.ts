/** Version 1 of the Ledger port. Clause ids in brackets are test titles in @careledger/ledger-conformance. */

/** 16 bytes as 32 lower-case hex digits, chosen by the caller (c3); means nothing to the ledger. */
export type RecordId = string
/** Name of a stream: `[a-z0-9][a-z0-9-]{0,30}`. A stream is the unit of order, of write permission and of uniqueness of ids. */
export type StreamName = string
/** 32 bytes as 64 lower-case hex digits. Chosen by the caller to find records by; means nothing to the ledger. */
export type RecordKey = string
/**
 * Where a final record stands in its stream. Opaque ASCII, at most 64 characters; compare with `<` on code units.
 * [position-1] Strictly increasing in list and watch order. [position-2] The same for ever (the record is final), in every process
 * and after every restart, for every client of the same ledger. [position-3] Not dense, not comparable between streams or ledgers.
 */
export type Position = string

/** What a caller gives. */
export interface NewRecord {
  readonly id: RecordId
  readonly key?: RecordKey | undefined
  /** 32 bytes as hex. When `data` is given it must be SHA-256 of `data`. */
  readonly digest: string
  /** At most `limits.dataBytesMax` bytes; every ledger takes at least 1,024. Checkpoint notes; payloads in private streams. */
  readonly data?: Uint8Array | undefined
}
/** What a reader gets: the effective record of its id. */
export interface LedgerRecord extends NewRecord {
  readonly state: 'pending' | 'final'
  /** The ledger's own name of the writing account, as it proves it; names nobody outside the ledger. */
  readonly writer: string
  /** The ledger's own clock for the record, if it has one; evidence, never order. */
  readonly recordedAt?: Date | undefined
}
/** What `list` and `watch` give: final only. */
export interface ListedRecord extends LedgerRecord { readonly state: 'final'; readonly position: Position }
/** One per record, in the order given. Plain JSON: a caller stores it and asks again after a restart. */
export interface Receipt {
  readonly stream: StreamName
  readonly id: RecordId
  readonly digest: string
  readonly state: 'pending' | 'final'
  /** Vendor's handle (transaction hash, txid, block) for people and evidence. The port's own answers never depend on it. */
  readonly raw?: Readonly<Record<string, string>> | undefined
}

export interface LedgerDescription {
  readonly specVersion: 'v1'
  /** `ethereum`, `fabric`, ...: for people. */
  readonly kind: string
  /** Same value if and only if same chain and same contract, chaincode or stream set: genesis hash and address, never a URL. */
  readonly ledgerId: string
  readonly limits: {
    /** Most records in one `append`, at least 1. */
    readonly recordsMax: number
    /** Most bytes of one `append`: each record counts `recordBytes` plus `dataFactor` times its `data` (Fabric: 1,024 and 2). */
    readonly appendBytesMax: number
    readonly recordBytes: number
    readonly dataFactor: number
    readonly dataBytesMax: number
    /** Most ids in one `getMany`, most records in one page. */
    readonly pageMax: number
  }
  /** Longest time after which an accepted append is still expected to become final; the caller alarms later than this. */
  readonly finalWithinMs: number
  /** `ordered`: the ledger itself refuses a lost race whole (append-4). `first-final`: uniqueness is decided by final order. */
  readonly append: 'ordered' | 'first-final'
  /** [capability-1] Declared: works. Not declared: its method rejects with LEDGER_NOT_SUPPORTED. */
  readonly capabilities: ReadonlySet<'private-streams' | 'membership' | 'evidence'>
}

export interface CallOptions { readonly signal?: AbortSignal | undefined }
export interface AppendOptions extends CallOptions {
  /** Resolve when the ledger has accepted (default) or only when every record is final. */
  readonly until?: 'accepted' | 'final' | undefined
}
export interface Page { readonly records: readonly ListedRecord[]; /** Give as `after` for more; absent on the last page. */ readonly next?: Position | undefined }

/**
 * [order-1] A stream has one order of final records, the ledger's own; `list`, `list` by key and `watch` all follow it.
 * [effective-1] Of several ledger items with one id in one stream, the first in that order is the record of that id, the others
 * do not exist for any verb. [effective-2] What an account without write permission put there does not exist either.
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
   *   then means that nothing of it stands. On the others (MultiChain) this append's other records stand; for the lost id the call
   *   rejects with LEDGER_CONFLICT if it still runs, and `finality` becomes `lost`. Never are two contents final.
   * [append-5] LEDGER_UNAVAILABLE, LEDGER_INVALID_RECORD, LEDGER_UNAUTHORISED, LEDGER_REJECTED, LEDGER_CONFLICT by append-3:
   *   nothing of this call is or will be on the ledger. LEDGER_OUTCOME_UNKNOWN: it may be, now or later. Calling again with the
   *   same records is always safe and is the one way to settle it.
   * [append-6] Concurrent calls from any number of processes and accounts are safe; throughput, not correctness, may suffer. A
   *   client object keeps one append in flight per stream where the ledger wants it so; further calls wait in a bounded queue and
   *   may be joined up to `recordsMax`.
   * [append-7] Records sent by one call stand next to each other in stream order, in the order given.
   * [append-8] An abort before sending leaves nothing; an abort after sending rejects with LEDGER_OUTCOME_UNKNOWN.
   */
  append(stream: StreamName, records: readonly NewRecord[], options?: AppendOptions): Promise<readonly Receipt[]>

  /**
   * [get-1] `undefined`: no record that this ledger shows now; never proof that an append in doubt will not arrive.
   * [get-2] After `append` resolved, the same object sees at least that state. [get-3] Answers stand in the order of `ids`.
   */
  getMany(stream: StreamName, ids: readonly RecordId[], options?: CallOptions): Promise<readonly (LedgerRecord | undefined)[]>

  /**
   * Final records after `after` (exclusive), oldest first; with `key` only those. [list-1] No record is skipped or doubled by
   * paging while others append. [list-2] A page is short only at the end. [list-3] An unknown key or empty stream: empty page.
   */
  list(stream: StreamName, query: { readonly key?: RecordKey | undefined; readonly after?: Position | undefined; readonly limit: number }, options?: CallOptions): Promise<Page>

  /**
   * Final records after `after`, for ever. [watch-1] Each once per iteration, in stream order. [watch-2] Resuming from a record's
   * position gives exactly the later ones. [watch-3] Outages shorter than `reconnectForMs` of the settings are bridged silently;
   * longer ones end the iteration with LEDGER_UNAVAILABLE, a broken promise of finality with LEDGER_CORRUPTION; the position of the last record stays good. [watch-4] Pulls: a slow
   * reader holds at most one page in memory. [watch-5] Abort or `break` ends it and frees everything.
   */
  watch(stream: StreamName, options: { readonly after?: Position | undefined; readonly signal: AbortSignal }): AsyncIterable<ListedRecord>

  /**
   * State of the *record*, found by stream, id and digest, whichever transaction carries it. [finality-1] `final` never changes
   * again within the promise that the adapter states and has measured (confirmations, quorum); a final record that moves is
   * LEDGER_CORRUPTION. [finality-2] `lost` only on evidence: another digest is final
   * for that id. [finality-3] Dropped, replaced, reorged out and unknown are `absent`: append again with the same id.
   */
  finality(receipts: readonly Pick<Receipt, 'stream' | 'id' | 'digest'>[], options?: CallOptions): Promise<readonly ('absent' | 'pending' | 'final' | 'lost')[]>

  /** Never rejects except LEDGER_CLOSED. */
  health(options?: CallOptions): Promise<LedgerHealth>
  /** [close-1] Idempotent. [close-2] Running calls end with LEDGER_CLOSED or, if sent, LEDGER_OUTCOME_UNKNOWN. [close-3] Nothing keeps the process alive. */
  close(): Promise<void>

  /** Optional parts; present exactly when declared. */
  readonly privateStreams?: PrivateStreams | undefined
  readonly membership?: Membership | undefined
  readonly evidence?: Evidence | undefined
}
export interface LedgerHealth {
  readonly ok: boolean
  /** Ledger's height now and the height up to which records are final, if it has heights. */
  readonly height?: bigint | undefined
  readonly finalHeight?: bigint | undefined
  readonly problems: readonly { readonly code: LedgerErrorCode; readonly message: string }[]
}
/**
 * [private-1] Outside `members`, `data`, `id`, `key` and `digest` are unreadable and cannot be tested by somebody who guesses them;
 * that and how many records were appended, and when, may be seen. Same verbs, same clauses.
 */
export interface PrivateStreams { open(stream: StreamName, members: readonly string[]): Promise<void> }
/** [membership-1] Takes effect for every append that starts after it resolved. */
export interface Membership {
  grant(stream: StreamName, member: string, right: 'read' | 'write'): Promise<void>
  revoke(stream: StreamName, member: string, right: 'read' | 'write'): Promise<void>
  list(stream: StreamName): Promise<readonly { readonly member: string; readonly right: 'read' | 'write' }[]>
}
/** Bytes that prove a final record to somebody without a node; `format` names the document that says how. */
export interface Evidence { evidence(stream: StreamName, id: RecordId): Promise<{ readonly format: string; readonly bytes: Uint8Array } | undefined> }

export type LedgerErrorCode =
  | 'LEDGER_CLOSED' | 'LEDGER_ABORTED' | 'LEDGER_INVALID_RECORD' | 'LEDGER_NOT_SUPPORTED' | 'LEDGER_UNAUTHORISED' | 'LEDGER_REJECTED'
  | 'LEDGER_CONFLICT' | 'LEDGER_UNAVAILABLE' | 'LEDGER_OUTCOME_UNKNOWN' | 'LEDGER_CORRUPTION' | 'LEDGER_WRONG_CHAIN'
/** The one runtime value of this package. Recognise by `name` and `code`, not by `instanceof`. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly code: LedgerErrorCode
  /** Ids, limits, heights; never keys, URLs or data. */
  readonly details: Readonly<Record<string, string | number | readonly string[]>>
  constructor(code: LedgerErrorCode, message: string, options: { readonly cause?: unknown; readonly details?: LedgerError['details'] } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}
