/** Every code a store may give; the caller's choice follows from it. */
export const STORE_ERROR_CODES = [
  /** Same entry id or commitment with other content. Nothing of this Write stands. Fix the input. */
  'STORE_CONFLICT',
  /** A guard or an expected version no longer holds, or a claim is already taken. Nothing of this Write stands. Read again. */
  'STORE_STALE',
  /** A claim's value is taken by another owner. Nothing of this Write stands. */
  'STORE_CLAIMED',
  /** The lease is not the newest. Nothing stands. Stop sequencing, ask for a new lease. */
  'STORE_FENCED',
  /** More rows than `writeRowsMax`, a limit out of range, a malformed value. A programmer's or caller's mistake. */
  'STORE_INVALID',
  /** The queue is full. Nothing stands. Wait, then repeat. */
  'STORE_BUSY',
  /** The database or disk cannot be reached or is full. Nothing stands. Repeat later. */
  'STORE_UNAVAILABLE',
  /** Sent, no answer. Ask by id, then repeat with the same content. */
  'STORE_OUTCOME_UNKNOWN',
  /** What is stored contradicts itself. Stop. */
  'STORE_CORRUPTION',
  /** Another process has the data directory open. */
  'STORE_LOCKED',
  'STORE_CLOSED',
] as const
export type StoreErrorCode = (typeof STORE_ERROR_CODES)[number]

/** The one error class of the port. Recognise by `name` and `code`, not by `instanceof`. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode
  /** Table, key, id, limits; never values. */
  readonly details: Readonly<Record<string, string | number | readonly string[]>>
  constructor(
    code: StoreErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly details?: StoreError['details'] } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}
