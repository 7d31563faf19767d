/** 16 bytes as 32 lower-case hex digits, chosen by the caller (formats c3); means nothing to the ledger. */
export type RecordId = string

/** Name of a stream: `[a-z0-9][a-z0-9-]{0,30}`. A stream is the unit of order, of write permission and of uniqueness of ids. */
export type StreamName = string

/** 32 bytes as 64 lower-case hex digits. Chosen by the caller to find records by; means nothing to the ledger. */
export type RecordKey = string

/**
 * Where a final record stands in its stream. Opaque ASCII, at most 64 characters; compare with `<` on code units.
 * [position-1] Strictly increasing in list and watch order. [position-2] The same for ever (the record is final), in every
 * process and after every restart, for every client of the same ledger. [position-3] Not dense, not comparable between streams
 * or ledgers.
 */
export type Position = string

/** What a caller gives. */
export interface NewRecord {
  readonly id: RecordId
  readonly key?: RecordKey | undefined
  /** 32 bytes as 64 lower-case hex digits. When `data` is given it must be SHA-256 of `data`. */
  readonly digest: string
  /** At most `limits.dataBytesMax` bytes; every ledger takes at least 1,024. Checkpoint notes; payloads in private streams. */
  readonly data?: Uint8Array | undefined
}

/**
 * What a reader gets: the effective record of its id. [record-1] Id, key, digest and data are what was appended, byte for byte;
 * changing the objects given or got changes nothing on the ledger.
 */
export interface LedgerRecord extends NewRecord {
  readonly state: 'pending' | 'final'
  /** The ledger's own name of the writing account, as it proves it; names nobody outside the ledger. */
  readonly writer: string
  /** The ledger's own clock for the record, if it has one; evidence, never order. */
  readonly recordedAt?: Date | undefined
}

/** What `list` and `watch` give: final only. */
export interface ListedRecord extends LedgerRecord {
  readonly state: 'final'
  readonly position: Position
}

/** [receipt-1] One per record, in the order given, and plain JSON: a caller stores it and asks again after a restart. */
export interface Receipt {
  readonly stream: StreamName
  readonly id: RecordId
  readonly digest: string
  readonly state: 'pending' | 'final'
  /**
   * Vendor's handle (transaction hash, txid, block) for people and evidence. The port's own answers never depend on it. Where the ledger knows
   * what the transaction cost: `cost`, a whole decimal number, and `costUnit` (`wei`, `gas`); receipts of one transaction have equal `raw`.
   */
  readonly raw?: Readonly<Record<string, string>> | undefined
}

export interface Page {
  readonly records: readonly ListedRecord[]
  /** Give as `after` for more; absent on the last page. */
  readonly next?: Position | undefined
}
