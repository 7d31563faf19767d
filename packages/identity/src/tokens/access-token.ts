import { randomUUID } from 'node:crypto'
import { toBase64url, utf8, type PublicJwk } from '@careledger/proof'
import { createBoundedMap } from '../bounded-map.ts'
import { IdentityError } from '../identity-error.ts'
import { parseScopes, scopeText, type SmartScope } from './smart-scopes.ts'
import { assertSignature, JwsRefusal, readCompactJws, textMember, timeMember, toSigningInput, type Members } from './compact-jws.ts'

/** Longest life of a token (10 minutes). */
export const TOKEN_LIFETIME_MAX_MS = 600_000
/** Verified tokens that are remembered. */
const VERIFIED_MAX = 10_000

/** What a token says; it holds no role and no name: those are looked up in each call. */
export interface TokenClaims {
  /** Party (`sub`). */
  readonly party: string
  /** Thumbprint of the enrolled key that signed in. */
  readonly key: string
  /** Thumbprint of the key that every DPoP proof must be made with (`cnf.jkt`, RFC 9449 §6.1). */
  readonly possession: string
  /** `scope`; `undefined`: the token was not narrowed. */
  readonly scopes?: readonly SmartScope[] | undefined
  /** `sid`: stays the same when the token is refreshed. */
  readonly session: string
  readonly expires: Date
}

/** Makes and verifies access tokens of one instance (RFC 9068: `typ` at+jwt; signed by a key that signs nothing else). */
export interface AccessTokens {
  issue(claims: Omit<TokenClaims, 'expires'>, now: Date): { readonly token: string; readonly expires: Date }
  /**
   * A signature is verified once and remembered for the token's life; expiry is checked on every call. Whether the key is in force and
   * the session has not ended is the caller's to look up, every time. Errors: TOKEN_INVALID, TOKEN_EXPIRED.
   */
  verify(token: string, now: Date): TokenClaims
}

export interface TokenSigner {
  readonly key: string
  readonly algorithm: 'EdDSA' | 'ES256'
  readonly publicJwk: PublicJwk
  signSync(message: Uint8Array): Uint8Array
}

/** `origin` is the issuer and the audience. `lifetimeMs` is at most 600,000, the default. */
export function createAccessTokens(options: { readonly signer: TokenSigner; readonly origin: string; readonly lifetimeMs?: number | undefined }): AccessTokens {
  const { signer, origin } = options
  const lifetimeMs = options.lifetimeMs ?? TOKEN_LIFETIME_MAX_MS
  if (!(lifetimeMs >= 1000 && lifetimeMs <= TOKEN_LIFETIME_MAX_MS)) throw new TypeError('A token lives one second to ten minutes.')
  const verified = createBoundedMap<string, TokenClaims>(VERIFIED_MAX)
  return {
    issue(claims, now) {
      const issued = Math.floor(now.getTime() / 1000)
      const expires = issued + Math.floor(lifetimeMs / 1000)
      const header = { alg: signer.algorithm, kid: signer.key, typ: 'at+jwt' }
      const payload = { iss: origin, aud: origin, sub: claims.party, careledger_key: claims.key, sid: claims.session, jti: randomUUID(), iat: issued, exp: expires, cnf: { jkt: claims.possession }, ...(claims.scopes === undefined ? {} : { scope: scopeText(claims.scopes) }) }
      const input = toSigningInput(header, payload)
      return { token: `${input}.${toBase64url(signer.signSync(utf8(input)))}`, expires: new Date(expires * 1000) }
    },
    verify(token, now) {
      let claims = verified.get(token)
      if (claims === undefined) {
        claims = readToken(token, signer, origin)
        verified.set(token, claims)
      }
      if (claims.expires.getTime() > now.getTime()) return claims
      verified.delete(token)
      throw new IdentityError('TOKEN_EXPIRED', 'The token has expired. Sign in again.', { details: { serverTime: now.toISOString() } })
    },
  }
}

function readToken(token: string, signer: TokenSigner, origin: string): TokenClaims {
  try {
    const jws = readCompactJws(token, { typ: ['at+jwt'], members: ['alg', 'kid', 'typ'] })
    if (jws.header.get('kid') !== signer.key) throw new JwsRefusal('kid', 'The token is signed by another key.')
    assertSignature(jws, signer.publicJwk)
    const { payload } = jws
    if (payload.get('iss') !== origin || payload.get('aud') !== origin) throw new JwsRefusal('aud', 'The token is for another instance.')
    const expires = timeMember(payload, 'exp')
    if ((expires - timeMember(payload, 'iat')) * 1000 > TOKEN_LIFETIME_MAX_MS) throw new JwsRefusal('exp', 'The token lives too long.')
    const confirmation = payload.get('cnf')
    const bound: Members = new Map(Object.entries(typeof confirmation === 'object' && confirmation !== null ? confirmation : {}))
    const scopes = scopesOf(payload)
    return {
      ...(scopes === undefined ? {} : { scopes }),
      party: textMember(payload, 'sub'),
      key: textMember(payload, 'careledger_key', THUMBPRINT),
      possession: textMember(bound, 'jkt', THUMBPRINT),
      session: textMember(payload, 'sid'),
      expires: new Date(expires * 1000),
    }
  } catch (error) {
    if (!(error instanceof JwsRefusal)) throw error
    throw new IdentityError('TOKEN_INVALID', error.message, { details: { check: error.check } })
  }
}

function scopesOf(payload: Members): readonly SmartScope[] | undefined {
  const text = payload.get('scope')
  if (text === undefined) return undefined
  const scopes = typeof text === 'string' ? parseScopes(text) : undefined
  if (scopes === undefined) throw new JwsRefusal('scope', 'The token carries a scope that is not known here.')
  return scopes
}

const THUMBPRINT = /^[\w-]{43}$/
