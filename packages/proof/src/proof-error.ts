/** Every code that functions of this package throw; what the caller may do follows from it. */
export const PROOF_ERROR_CODES = [
  /** Bytes or text do not have the form asked for. Fix the input. */
  'MALFORMED',
  /** The text is JSON, but not byte-equal to its RFC 8785 form, or holds a value that is never hashed (null, fraction). Fix the input. */
  'NOT_CANONICAL',
  'DUPLICATE_MEMBER',
  'UNKNOWN_MEMBER',
  'MISSING_MEMBER',
  /** Nested deeper, or with more members, or longer than the caller allowed. */
  'TOO_DEEP',
  'TOO_LARGE',
  /** A public key that must never be used: wrong length, not canonical, of small order, not on its curve. */
  'KEY_INVALID',
  /** The signature does not hold, or its form is refused. */
  'SIGNATURE_INVALID',
  /** The opening does not give the commitment. */
  'COMMITMENT_MISMATCH',
  /** A salt of 32 equal bytes: no salt at all. */
  'SALT_WEAK',
  /** Sealed bytes that do not open under this key and these additional data. */
  'UNSEAL_FAILED',
  /** Tree sizes, indexes or tile bytes that contradict each other. */
  'TREE_INVALID',
] as const
export type ProofErrorCode = (typeof PROOF_ERROR_CODES)[number]

/** Where in the input it went wrong; never a value from the input but a member's name. */
export interface ProofErrorDetails {
  /** Byte offset from 0. */
  readonly offset?: number | undefined
  /** Members and indexes, for example `author.key` or `credentials[2].path[0]`. */
  readonly path?: string | undefined
}

/** The one error class of this package. Recognise it by `name` and `code`: two copies of a package may be loaded. */
export class ProofError extends Error {
  override readonly name = 'ProofError'
  readonly code: ProofErrorCode
  readonly details: ProofErrorDetails
  constructor(code: ProofErrorCode, message: string, details: ProofErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.details = details
  }
}

/** True for a `ProofError` of any copy of this package, with the given code if one is given. */
export const isProofError = (error: unknown, code?: ProofErrorCode): error is ProofError =>
  error instanceof Error && error.name === 'ProofError' && (code === undefined || (error as ProofError).code === code)
