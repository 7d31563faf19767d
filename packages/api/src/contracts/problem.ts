/** What the caller may do about it: mend the input, sign in, ask for access, wait, or stop. */
export const PROBLEM_CODES = [
  'INPUT_MALFORMED', // not JSON, duplicate members, not canonical, wrong shape: mend the input
  'INPUT_TOO_LARGE', // body, depth, batch or bundle over its limit
  'FHIR_INVALID', // `problems` lists path and message
  'SAFETY_CHECK', // something speaks against what is written and no reason is signed with it; `problems` lists path and code
  'SIGNATURE_INVALID', // entry, batch or challenge signature does not verify
  'COMMITMENT_MISMATCH', // salt, media type and bytes do not open the entry's commitment
  'ENTRY_CONFLICT', // same id with other content; nothing was changed
  'STALE', // something changed meanwhile; read again and repeat
  'CLOCK_SKEW', // the caller's clock is off; `serverTime` says what time it is here
  'NOT_SIGNED_IN', // no, expired or unbound token
  'PROOF_OF_POSSESSION_INVALID', // DPoP proof missing, replayed, expired, or for another request or key
  'KEY_UNKNOWN', // key or organisation not enrolled here
  'KEY_REVOKED',
  'NOT_ALLOWED', // refused, or does not exist: the same answer
  'RATE_LIMITED', // wait `retryAfterSeconds`
  'BUSY', // queue full; repeat later
  'UNAVAILABLE', // store or ledger cannot be reached; nothing was changed
  'OUTCOME_UNKNOWN', // sent, no answer; repeat with the same ids
  'CORRUPTION', // stored data does not match its proof; the operator has been told
  'INTERNAL',
] as const
export type ProblemCode = (typeof PROBLEM_CODES)[number]

/** The body of every refusal: a sentence, what to do, a stable code; never patient data. */
export interface ProblemBody {
  readonly code: ProblemCode
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/** Recognise by `name` and `code`, not by `instanceof`. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly details: Readonly<Record<string, unknown>>
  constructor(code: ProblemCode, message: string, options: { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}
