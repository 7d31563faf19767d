/**
 * Every way in which a ledger says no. Closed within a spec version; messages may change, codes do not.
 *
 * | code | what stands | what the caller may do |
 * |---|---|---|
 * | `LEDGER_CLOSED` | nothing of this call | open a new object |
 * | `LEDGER_ABORTED` | nothing of this call | `cause` is the signal's reason |
 * | `LEDGER_INVALID_RECORD` | nothing; the input breaks its form or a limit | fix the input |
 * | `LEDGER_NOT_SUPPORTED` | nothing; the capability is not declared | ask `describe()` first |
 * | `LEDGER_UNAUTHORISED` | nothing; the account may not do this | have the right granted |
 * | `LEDGER_REJECTED` | nothing; the ledger refused for a reason of its own | stop, and read `details` |
 * | `LEDGER_CONFLICT` | see append-3 and append-4; `details.ids` names the ids | stop; another content has the id |
 * | `LEDGER_UNAVAILABLE` | nothing of this call | call again, later |
 * | `LEDGER_OUTCOME_UNKNOWN` | perhaps all of it, now or later | call again with the same records |
 * | `LEDGER_CORRUPTION` | a promise of the ledger is broken; `details` names the place | stop, and call a person |
 * | `LEDGER_WRONG_CHAIN` | nothing; this is not the ledger that the settings name | fix the settings |
 */
export const LEDGER_ERROR_CODES = [
  'LEDGER_CLOSED',
  'LEDGER_ABORTED',
  'LEDGER_INVALID_RECORD',
  'LEDGER_NOT_SUPPORTED',
  'LEDGER_UNAUTHORISED',
  'LEDGER_REJECTED',
  'LEDGER_CONFLICT',
  'LEDGER_UNAVAILABLE',
  'LEDGER_OUTCOME_UNKNOWN',
  'LEDGER_CORRUPTION',
  'LEDGER_WRONG_CHAIN',
] as const

export type LedgerErrorCode = (typeof LEDGER_ERROR_CODES)[number]

/** Ids, limits, heights, field names; never keys, URLs or data. Plain JSON. */
export type LedgerErrorDetails = Readonly<Record<string, string | number | readonly string[]>>

/** The one error that a ledger throws. Recognise it by `name` and `code` (`LedgerError.is`), not by `instanceof`: two copies may be loaded. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly code: LedgerErrorCode
  readonly details: LedgerErrorDetails

  constructor(
    code: LedgerErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly details?: LedgerErrorDetails } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }

  /** Whether `value` is a ledger error of any loaded copy of this package, and of one of `codes` when some are given. */
  static is(value: unknown, ...codes: readonly LedgerErrorCode[]): value is LedgerError {
    if (!(value instanceof Error) || value.name !== 'LedgerError') return false
    const code = (value as { code?: unknown }).code
    if (!LEDGER_ERROR_CODES.some((known) => known === code)) return false
    return codes.length === 0 || codes.some((wanted) => wanted === code)
  }
}
