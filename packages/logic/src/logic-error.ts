/** Every code a function of this package may refuse with. The words are those of the API's problem codes where they mean the same. */
export const LOGIC_ERROR_CODES = [
  /** Not canonical, unknown type, missing or superfluous member. Mend the input. */
  'INPUT_MALFORMED',
  /** More entries or bytes than one call may carry. Split it. */
  'INPUT_TOO_LARGE',
  /** The resource or bundle breaks the FHIR R4 definitions; `details.problems` lists paths. */
  'FHIR_INVALID',
  /** Something speaks against what is written, and no reason is signed with it; `details.problems` lists paths. */
  'SAFETY_CHECK',
  /** The signature does not verify under the enrolled key. */
  'SIGNATURE_INVALID',
  /** Salt, media type and bytes do not open the entry's commitment, or the salt is no salt. */
  'COMMITMENT_MISMATCH',
  /** Same id or commitment with other content. Nothing was changed. */
  'ENTRY_CONFLICT',
  /** Something that the caller's decision rests on changed meanwhile. Nothing was changed; decide again. */
  'STALE',
  /** `issuedAt` lies ahead of this instance's clock; `details.serverTime` says what time it is here. */
  'CLOCK_SKEW',
  /** The key is not enrolled here, or not for this party. */
  'KEY_UNKNOWN',
  /** The key, or one that its credential rests on, was revoked. */
  'KEY_REVOKED',
  /** Refused, or there is no such thing: the same answer. */
  'NOT_ALLOWED',
  /** A queue is full. Nothing was changed. Repeat later. */
  'BUSY',
  /** Store, vault or ledger cannot be reached, or the entry has no place in the log yet. Nothing was changed. Repeat later. */
  'UNAVAILABLE',
  /** Sent, no answer. Repeat with the same ids. */
  'OUTCOME_UNKNOWN',
  /** What is stored contradicts its proof. The operator must look. */
  'CORRUPTION',
  /** A ledger holds a newer checkpoint of this log than the store: the store was rolled back. Serving is refused. */
  'ROLLED_BACK',
  /** The service was stopped. */
  'CLOSED',
] as const
export type LogicErrorCode = (typeof LOGIC_ERROR_CODES)[number]

/**
 * The one error class of this package. Recognise by `name` and `code`, not by `instanceof`. `details` hold ids, sizes, tables and paths;
 * never payloads, names or keys.
 */
export class LogicError extends Error {
  override readonly name = 'LogicError'
  readonly code: LogicErrorCode
  readonly details: Readonly<Record<string, unknown>>
  constructor(code: LogicErrorCode, message: string, options: { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}

/** Whether `error` is a LogicError, with `code` if given. Works across two loaded copies of this package. */
export function isLogicError(error: unknown, code?: LogicErrorCode): error is LogicError {
  const candidate = error as Partial<LogicError> | null
  return typeof candidate === 'object' && candidate !== null && candidate.name === 'LogicError' && (code === undefined || candidate.code === code)
}
