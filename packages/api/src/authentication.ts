import type { Actor } from '@careledger/identity'

/** What the transport and the session operations ask of identity. `apps` makes one from `@careledger/identity`. */
export interface Authentication {
  /** A challenge to sign with the key of this thumbprint. The same kind of answer whether the key is enrolled or not. */
  challenge(key: string, now: Date): Promise<{ readonly challenge: string; readonly expires: Date }>
  /**
   * Exchanges a signed challenge for a token bound to `possession` (the DPoP key, which must be the key that signed).
   * Errors: IdentityError (signature, expired or used challenge, unknown or revoked key).
   */
  start(request: { readonly challenge: string; readonly jws: string; readonly possession: string | undefined; readonly now: Date }): Promise<{ readonly token: string; readonly expires: Date; readonly actor: Actor }>
  /** RFC 7523 client assertion of a system's key for a DPoP-bound token (RFC 6749 §4.4). Errors: IdentityError. */
  clientCredentials(request: { readonly assertion: string; readonly possession: string | undefined; readonly now: Date }): Promise<{ readonly token: string; readonly expires: Date }>
  /** Verifies a DPoP proof without a token: its key's thumbprint. Errors: IdentityError. */
  possession(request: ProofRequest): Promise<string>
  /**
   * Verifies token and proof together; the key's revocation and the session's end are looked up on every call.
   * Errors: IdentityError.
   */
  authenticate(request: ProofRequest & { readonly token: string }): Promise<{ readonly actor: Actor; readonly session: Session }>
  /** Refuses the session's token from now on. */
  end(session: Session): Promise<void>
}

/** The parts of a request that a DPoP proof (RFC 9449) is about. */
export interface ProofRequest {
  readonly proof: string
  readonly method: string
  /** Scheme, authority and path without query, as the caller addressed it. */
  readonly url: string
  readonly now: Date
}

export interface Session {
  /** The token's `jti`. */
  readonly id: string
  readonly expires: Date
}
