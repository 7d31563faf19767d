/** Every reason why a key, a signature or a token is refused; the caller's choice follows from it. */
export const IDENTITY_ERROR_CODES = [
  /** Not a public Ed25519 or P-256 key, or one that fails the strict form checks. Mend the input. */
  'KEY_MALFORMED',
  /** Not enrolled here, or its organisation is not. Enrol it first. */
  'KEY_UNKNOWN',
  /** Revoked, or its organisation has no key in force any more. Stop using it. */
  'KEY_REVOKED',
  /** The author may not enrol or revoke this, or the chain does not end at the pinned root. */
  'ENROLMENT_REFUSED',
  /** A credential or revocation payload that is not of the documented form. Mend the input. */
  'CREDENTIAL_MALFORMED',
  /** Malformed, another algorithm than the key's, or does not verify. */
  'SIGNATURE_INVALID',
  /** Not ours, for another origin or key, or already used. Ask for a new one. */
  'CHALLENGE_INVALID',
  'CHALLENGE_EXPIRED',
  /** Not ours, for another audience, or ended. Sign in again. */
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  /** RFC 9449 §4.3: missing, malformed, for another request, token or key. `details.check` says which check failed. */
  'PROOF_INVALID',
  /** The proof's or assertion's `jti` was used before. Make a new one for each request. */
  'PROOF_REPLAYED',
  /** The caller's clock is off; `details.serverTime` (ISO 8601) says what time it is here. Correct it, then repeat. */
  'CLOCK_SKEW',
  /** A passkey's answer that is malformed, for another page, without user verification, or by another passkey. Try again. */
  'PASSKEY_INVALID',
  /** RFC 7523: malformed, for another audience, or expired. `details.check` says which check failed. */
  'ASSERTION_INVALID',
  /** A scope that is not known here or that a party of this kind cannot hold. Ask for others. */
  'SCOPE_INVALID',
  /** A sign-in by account that was not begun here, took too long, was used, or whose answer does not hold. Begin again. */
  'ACCOUNT_REFUSED',
  /** The account is linked to nobody here who has a key in force. An administrator links it. */
  'ACCOUNT_UNKNOWN',
  /** The identity provider cannot be reached, or none is set. */
  'ACCOUNT_UNAVAILABLE',
  /** A document that somebody else publishes (keys, a DID) could not be had, or its address is not one to ask. Repeat later. */
  'DOCUMENT_UNAVAILABLE',
  /** A sealed value that this key does not open. */
  'UNSEAL_FAILED',
  /** The files of the instance's signing keys are damaged or do not match each other. Stop. */
  'SIGNING_KEYS_CORRUPT',
] as const
export type IdentityErrorCode = (typeof IDENTITY_ERROR_CODES)[number]

/** The one error class of this package but for the vault's. Recognise by `name` and `code`, not by `instanceof`. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError'
  readonly code: IdentityErrorCode
  /** Names of checks, thumbprints, times; never key material, tokens or names of people. */
  readonly details: Readonly<Record<string, string | number>>
  constructor(code: IdentityErrorCode, message: string, options: { readonly cause?: unknown; readonly details?: IdentityError['details'] } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}
