/**
 * All bytes are `Uint8Array`; all times are given by the caller (no clock in a store, but for leases, which use the database's).
 * [text-1] Texts (tables, keys, tokens) are well-formed Unicode without U+0000: names (table, index, network, scope, target, log, holder) of
 * 1..128 bytes in UTF-8, keys and values of 1..1,024, index values of 0..512; others are STORE_INVALID.
 * [text-2] Order is by code point. [bytes-1] What goes in and comes out is a copy: altering it alters nothing stored.
 * Entry and decision ids are UUIDs in lower case; hashes have 32 bytes. [input-1] A limit out of range is
 * STORE_INVALID. [close-1] Every call after `close` rejects with STORE_CLOSED.
 */
export interface DataStore {
  readonly specVersion: 'v1'
  /**
   * Runs one write in a durable transaction. The store may put many callers' writes into one commit (group commit).
   * [write-1] One Write is atomic. [write-2] It resolves after its commit is durable as `describe()` says.
   * [write-3] A conflict or a failed guard in one Write fails that Write only.
   * [write-4] STORE_OUTCOME_UNKNOWN: ask by id, then repeat. [write-5] More than `writeRowsMax` rows, or one projection, entry or
   * decision named twice: STORE_INVALID.
   */
  write(write: Write): Promise<WriteResult>
  /**
   * One snapshot for all reads inside; no writes. [read-1] Sees every write that resolved before it began, in any process.
   * [read-2] Nothing that commits later is seen inside. [read-3] No other call of the same store from inside `body`: STORE_INVALID (an
   * embedded store has one session and would wait for itself); a view used after its body ended: STORE_INVALID. What `body` throws
   * passes unchanged. Keep bodies short (a store may end them after 30 s with STORE_UNAVAILABLE); make independent calls together
   * (`Promise.all`): they share a round trip.
   */
  read<T>(body: (view: ReadView) => Promise<T>): Promise<T>
  readonly sequencer: SequencerStore
  readonly outbox: Outbox
  readonly maintenance: Maintenance
  describe(): StoreDescription
  health(): Promise<{ readonly ok: boolean; readonly problems: readonly string[] }>
  /** Writes that wait or are under way in this object, and at most how many may before STORE_BUSY; absent where a store keeps no queue. At once, for figures. */
  load?(): { readonly writes: number; readonly writesMax: number }
  /** [close-2] Idempotent; running calls end with STORE_CLOSED or STORE_OUTCOME_UNKNOWN; nothing keeps the process alive. */
  close(): Promise<void>
}

export interface StoreDescription {
  /** What an acknowledged write survives. */
  readonly durability: 'power-loss' | 'process-death' | 'none'
  /** Most rows in one Write (entries, projections, guards, claims and decisions together); at least 16,384. */
  readonly writeRowsMax: number
}

/** Data, not a callback: that is what lets the store join many of them in one statement. Absent members are empty. */
export interface Write {
  readonly entries?: readonly StoredEntry[] | undefined
  /** Compare-and-set; a version that does not match fails with STORE_STALE naming table and key. */
  readonly projections?: readonly ProjectionWrite[] | undefined
  /**
   * [guard-1] Must still hold at commit, `version` undefined = must not exist; nothing is written. A withdrawal that commits first raises the
   * version of the subject's policy row, and this Write fails with STORE_STALE. The state that guards and `expected` speak of is the
   * one before this Write. The same guard may be named twice.
   */
  readonly guards?: readonly Guard[] | undefined
  /**
   * [seen-1] What was read before must be so in the snapshot in which this Write is made; STORE_STALE otherwise, and nothing is written. Unlike
   * `guards` it holds up nobody, and speaks of contents: a row that was deleted and made again, with the same version even, is another one. The state
   * is the one before this Write. For stores that give `Projection.stamp`; others are never asked.
   */
  readonly seen?: readonly Seen[] | undefined
  /** [claim-1] Must be unique for ever, or until swept: DPoP jti, serials. Same scope, value and owner again: success. Other owner: STORE_CLAIMED. */
  readonly claims?: readonly Claim[] | undefined
  /** [decision-1] Same id, `about` and bytes again: success. Other bytes or `about`: STORE_CONFLICT. */
  readonly decisions?: readonly Decision[] | undefined
}

/**
 * [entry-1] Same id and same entryHash: success, the first signature stays (ES256 is randomised, a retry may be signed anew), and the
 * Write's other parts are skipped for a Write whose entries are all duplicates. [entry-2] Same id, other entryHash: STORE_CONFLICT,
 * whole Write refused. [entry-3] `commitment` is unique among all entries: a second one is STORE_CONFLICT.
 * [entry-4] Some entries of a Write are duplicates and others are not: STORE_STALE naming a duplicate in `details.id`, whole Write
 * refused; its other parts were made for all of its entries.
 */
export interface StoredEntry {
  /** UUID text. */
  readonly id: string
  readonly entryHash: Uint8Array
  readonly signatureHash: Uint8Array
  /** Canonical form, the bytes that were signed. */
  readonly canonical: Uint8Array
  /** Canonical JSON of the signature object (proof: EntrySignature). */
  readonly signature: Uint8Array
  readonly network: string
  /** `network/custodian/subject` or `network/custodian`; the unit of chain order. */
  readonly chain: string
  readonly commitment?: Uint8Array | undefined
  /** Nonce and ciphertext of the sealed payload; absent when there is none or when it is in the DocumentStore. */
  readonly sealed?: Uint8Array | undefined
  readonly documentId?: string | undefined
}

/**
 * A row of a projection. [projection-1] Version 1 on insert, +1 on each update. `next: null` deletes (and needs `expected`). [projection-2] `indexes`
 * (at most 8) are opaque tokens to find the row by; they replace the former ones. [projection-3] `expected: 'any'` makes the row or replaces
 * its value, whatever stands there, and is in nobody's way but a guard's or a compare-and-set's of the same row: the last to commit stands, and
 * Writes that share a commit may raise the version once. It takes neither `indexes` (the row's stay as they are) nor `next: null`, and no guard
 * of the same Write names it (STORE_INVALID).
 */
export interface ProjectionWrite {
  readonly table: string
  readonly key: string
  /** Version that must be there; `undefined`: the row must not exist; `any`: [projection-3]. */
  readonly expected?: number | 'any' | undefined
  readonly next: Uint8Array | null
  readonly indexes?: Readonly<Record<string, string>> | undefined
}
export interface Guard { readonly table: string; readonly key: string; readonly version?: number | undefined }
/** A row as it was read (`stamp` undefined: there was none), or all rows of one index value. */
export type Seen = SeenRow | SeenIndex
export interface SeenRow { readonly table: string; readonly key: string; readonly stamp: string | undefined }
/** `rows`: every row that the index value has, at most 100. */
export interface SeenIndex { readonly table: string; readonly index: string; readonly equals: string; readonly rows: readonly { readonly key: string; readonly stamp: string }[] }
export interface Claim { readonly scope: string; readonly value: string; readonly owner: string; readonly expiresAt?: Date | undefined }
/** One authorization decision, recorded before the body leaves. `about` is an opaque token of the patient, to find them by. */
export interface Decision {
  /** UUIDv7, unique; the order of `decisions`. */
  readonly id: string
  readonly about?: string | undefined
  readonly bytes: Uint8Array
}

/** `duplicates`: ids of entries that were already there with the same hash. */
export interface WriteResult { readonly duplicates: readonly string[] }

export interface Projection {
  readonly table: string
  readonly key: string
  readonly version: number
  readonly value: Uint8Array
  readonly indexes: Readonly<Record<string, string>>
  /** [seen-2] Opaque, at most 64 ASCII characters: another one for each time the row was written, also where its version is the same. Absent: the store gives none. */
  readonly stamp?: string | undefined
}
export interface Leaf { readonly id: string; readonly index: number; readonly leafInput: Uint8Array; readonly chain: string; readonly chainSequence: number }
export interface Checkpoint { readonly size: number; readonly note: string }

export interface ReadView {
  entry(id: string): Promise<StoredEntry | undefined>
  /** [read-4] In the order of `ids`, `undefined` where there is none; at most 1,000. */
  entries(ids: readonly string[]): Promise<readonly (StoredEntry | undefined)[]>
  projection(table: string, key: string): Promise<Projection | undefined>
  /** In the order of `keys`, at most 1,000. */
  projections(table: string, keys: readonly string[]): Promise<readonly (Projection | undefined)[]>
  /**
   * Rows of one index value, ordered by key, keyset paging: give `next` as `after`. `limit` 1..1,000.
   * [page-1] Stable while others write: no row is skipped or doubled. Without `index`: every row of the table.
   */
  find(query: {
    readonly table: string
    readonly index?: string | undefined
    readonly equals?: string | undefined
    readonly after?: string | undefined
    readonly limit: number
    readonly newestFirst?: boolean | undefined
  }): Promise<{ readonly rows: readonly Projection[]; readonly next?: string | undefined }>
  /** Decisions ordered by id; `about` undefined = all. */
  decisions(query: { readonly about?: string | undefined; readonly after?: string | undefined; readonly limit: number; readonly newestFirst?: boolean | undefined }): Promise<{ readonly rows: readonly Decision[]; readonly next?: string | undefined }>
  leafOf(log: string, entryId: string): Promise<Leaf | undefined>
  /** Leaves `from` (inclusive) onwards with their entries' ids, by index; `limit` 1..10,000. For rebuild, audit and completeness. */
  leaves(log: string, query: { readonly from: number; readonly limit: number }): Promise<readonly Leaf[]>
  /** [chain-1] Leaves of one chain by chain sequence, `from` (inclusive) onwards; `limit` 1..1,000. A proof names the chain's former leaf. */
  chainLeaves(log: string, chain: string, query: { readonly from: number; readonly limit: number }): Promise<readonly Leaf[]>
  tiles(log: string, paths: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
  /** Every tile path after `after`, ascending; for audit. `limit` 1..1,000. */
  tilePaths(log: string, query: { readonly after?: string | undefined; readonly limit: number }): Promise<readonly string[]>
  treeState(log: string): Promise<TreeState>
  /** Newest checkpoint, or the one of exactly `size`. */
  checkpoint(log: string, size?: number): Promise<Checkpoint | undefined>
  /** Checkpoints of a size above `after`, ascending; `limit` 1..1,000. For audit. */
  checkpoints(log: string, query: { readonly after?: number | undefined; readonly limit: number }): Promise<readonly Checkpoint[]>
  /** Entries without an index, in arrival order, with arrival number; for rebuild and audit. */
  unsequenced(query: { readonly after?: number | undefined; readonly limit: number }): Promise<readonly { readonly arrival: number; readonly entry: StoredEntry }[]>
  /** Outbox rows of one item, over all targets. */
  outboxOf(itemId: string): Promise<readonly OutboxRow[]>
  /** [outbox-6] The row behind one ledger record of a target; `undefined`: none. Found by index, never by scan. */
  outboxByRecord(target: string, recordId: string): Promise<OutboxRow | undefined>
  outboxRows(query: { readonly target?: string | undefined; readonly state?: OutboxState | undefined; readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly rows: readonly OutboxRow[]; readonly next?: string | undefined }>
  /**
   * One row for each (target, state) that has any: their number, and the creation time of the oldest in log order (none for `final`).
   * [outbox-4] Kept, not counted by scan.
   */
  outboxSummary(): Promise<readonly { readonly target: string; readonly state: OutboxState; readonly count: number; readonly oldest?: Date | undefined }[]>
}

/** Size and right-edge hashes (RFC 9162 frontier: the roots of the perfect subtrees, largest first). */
export interface TreeState { readonly size: number; readonly frontier: readonly Uint8Array[] }

/**
 * One sequencer at a time for each log. [sequence-1] `assign` gives entries the next indexes without a gap, and stores leaf inputs,
 * chain heads, tiles and tree state in one transaction that fails with STORE_FENCED if `lease` is not the newest. [sequence-2] An entry
 * gets exactly one index: one that already has an index makes the whole call fail with STORE_CORRUPTION. [sequence-3] A crash anywhere
 * leaves either all of it or nothing. [sequence-4] `from` must equal the tree's size, otherwise STORE_FENCED. [sequence-5] A chain's
 * sequence goes on by one from its head, from 0; otherwise, and for an id that is no entry, STORE_CORRUPTION. [sequence-6] A guard
 * that fails: STORE_STALE, nothing stands.
 */
export interface SequencerStore {
  /**
   * [lease-1] `undefined`: another holder has it. Database's clock; `forMs` 1..3,600,000. [lease-2] The token rises with each new
   * holder; renewing by the same holder keeps it, also after its time if nobody took it. `holder` is unique for each process.
   */
  lease(log: string, holder: string, forMs: number): Promise<{ readonly token: number } | undefined>
  /** [lease-3] Gives the lease back; its token is fenced from then on. Nothing happens when `holder` has it not. */
  release(log: string, holder: string): Promise<void>
  /** Entries that have no index yet, in arrival order. `limit` 1..10,000. */
  waiting(log: string, limit: number): Promise<readonly WaitingEntry[]>
  state(log: string, chains: readonly string[]): Promise<TreeState & { readonly heads: ReadonlyMap<string, { readonly sequence: number; readonly leafHash: Uint8Array }> }>
  assign(log: string, lease: number, batch: {
    readonly from: number
    readonly leaves: readonly { readonly id: string; readonly leafInput: Uint8Array; readonly leafHash: Uint8Array; readonly chain: string; readonly chainSequence: number }[]
    /** [tile-1] Full tiles (exactly 8,192 bytes) are immutable: another one at the same path is STORE_CORRUPTION. Shorter ones are replaced. */
    readonly tiles: readonly { readonly path: string; readonly bytes: Uint8Array }[]
    readonly frontier: readonly Uint8Array[]
    readonly outbox: readonly NewOutboxRow[]
    readonly guards?: readonly Guard[] | undefined
  }): Promise<void>
  /**
   * [checkpoint-1] Refuses (STORE_CORRUPTION) a checkpoint whose size is smaller than the newest or larger than the tree, or equal in
   * size with another body; equal body with more signature lines replaces the note (cosignatures arrive later). [checkpoint-2] A
   * signature line once stored is not lost: a note of the same body that lacks one is accepted and changes nothing.
   */
  putCheckpoint(log: string, lease: number, checkpoint: Checkpoint, outbox: readonly NewOutboxRow[]): Promise<void>
}
export interface WaitingEntry { readonly id: string; readonly entryHash: Uint8Array; readonly signatureHash: Uint8Array; readonly network: string; readonly chain: string }

export type OutboxState = 'waiting' | 'sent' | 'final' | 'blocked'
/** One row for each (item, target ledger). `item` is the entry id, or `checkpoint/<origin>/<size>`. */
export interface NewOutboxRow {
  readonly target: string
  readonly item: string
  readonly stream: string
  /** The ledger record: id, key, digest as lower-case hex; data for checkpoints. */
  readonly recordId: string
  readonly key?: string | undefined
  readonly digest: string
  readonly data?: Uint8Array | undefined
  /** Subject epoch the key was derived from; so that a proof can disclose the blind. */
  readonly epoch?: number | undefined
  readonly createdAt: Date
}
export interface OutboxRow extends NewOutboxRow {
  readonly state: OutboxState
  readonly attempts: number
  readonly receipt?: string | undefined
  readonly reason?: string | undefined
}
export interface Outbox {
  /** Adds rows for a further target; used when a network moves to another ledger. [outbox-5] Existing (target, item) rows stay, here and in `assign`. */
  add(rows: readonly NewOutboxRow[]): Promise<void>
  /**
   * Leases up to `limit` rows of `target` in state waiting or sent (oldest log order first) for `forMs`, and counts the attempt.
   * [outbox-2] No row is leased by two holders at once. [outbox-3] `bytesMax` bounds the sum of `recordBytes` + bytes of `data`; a row
   * that exceeds it alone is given alone. `limit` 1..10,000.
   */
  claim(target: string, options: { readonly limit: number; readonly bytesMax: number; readonly recordBytes: number; readonly holder: string; readonly forMs: number }): Promise<readonly OutboxRow[]>
  /**
   * [outbox-1] Only along waiting -> sent -> final (also at once), sent -> waiting (absent), any -> blocked (conflict, rejected),
   * blocked -> waiting (retry). The state it has already: success (a given receipt or reason replaces the former). Others, and an
   * unknown item: STORE_INVALID, nothing stands. Ends the lease.
   */
  settle(target: string, results: readonly { readonly item: string; readonly state: OutboxState; readonly receipt?: string | undefined; readonly reason?: string | undefined }[]): Promise<void>
}

export interface Contradiction {
  /**
   * `index`: the row `id` (`table/key`) is found by an index value that it does not carry, or not by one that it does. `place`: the entry
   * `id` has both an index and a place among the waiting, or neither. `count`: the kept count of `id` (`target state`) is wrong. `head`: the chain `id`
   * has a head and no such leaf. `tree`: the log `id` has a tree of another size than its leaves.
   */
  readonly kind: 'index' | 'place' | 'count' | 'head' | 'tree'
  readonly id: string
}

/** What operators' commands need; never on a request's path. */
export interface Maintenance {
  /** [clear-1] Removes every row of the named projection tables, in one transaction. At most 1,000 tables. */
  clearProjections(tables: readonly string[]): Promise<void>
  /** [claim-2] Deletes claims that expired before `before`; gives their number. */
  sweepClaims(before: Date): Promise<number>
  /** [erase-1] Removes the sealed payload of an erased entry; gives false when there was none. */
  dropSealed(entryId: string): Promise<boolean>
  /**
   * [check-1] What the store keeps twice for speed and where the two disagree, at most 10,000; empty when it is whole. For audit: the rest
   * of what is stored can be checked through the port.
   */
  contradictions(): Promise<readonly Contradiction[]>
  /** A consistent copy of everything, as chunks of one stream. An embedded store may hold up other calls meanwhile. */
  backup(): AsyncIterable<Uint8Array>
  /** [backup-1] All or nothing, into an empty store (otherwise STORE_INVALID); a damaged or cut stream is STORE_CORRUPTION. Leases are not restored. */
  restore(chunks: AsyncIterable<Uint8Array>): Promise<void>
}
