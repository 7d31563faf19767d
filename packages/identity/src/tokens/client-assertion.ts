import type { PublicJwk } from '@careledger/proof'
import { IdentityError } from '../identity-error.ts'
import { assertSignature, JwsRefusal, readCompactJws, textMember, timeMember, type CompactJws } from './compact-jws.ts'

/** Longest life of an assertion (SMART Backend Services: five minutes). */
export const ASSERTION_LIFETIME_MAX_MS = 300_000
const LEEWAY_MS = 60_000

/** An assertion that is well formed and in time; its signature is verified once the key is known. */
export interface ReadAssertion {
  /** The header's `kid`: thumbprint of an enrolled key, or the id of one in the system's published set. */
  readonly kid: string
  /** `iss` and `sub`: the system's party id. */
  readonly party: string
  readonly claim: { readonly scope: string; readonly value: string; readonly expiresAt: Date }
  /** Errors: ASSERTION_INVALID with check `alg` or `signature`. */
  verify(jwk: PublicJwk): void
}

/**
 * Reads a `private_key_jwt` client assertion (RFC 7523 §3, SMART Backend Services): header `{ alg, kid, typ?: "JWT" }` and no other
 * member, kid = thumbprint of the enrolled key or its id in the system's published set, iss = sub = party, aud one of `audiences`, exp at most five minutes away, jti.
 * Errors: ASSERTION_INVALID with `details.check`; CLOCK_SKEW when `iat` or `nbf` show that the clocks differ.
 */
export function readClientAssertion(text: string, expected: { readonly audiences: readonly string[]; readonly now: Date }): ReadAssertion {
  return refusing(() => {
    const jws = readCompactJws(text, { typ: [undefined, 'JWT'], members: ['alg', 'kid', 'typ'] })
    const { payload } = jws
    const kid = textMember(jws.header, 'kid', /^[\x21-\x7e]{1,128}$/)
    const party = textMember(payload, 'iss', /^[a-z0-9][a-z0-9-]{0,63}$/)
    if (payload.get('sub') !== party) throw new JwsRefusal('sub', 'Issuer and subject of the assertion differ.')
    checkAudience(payload.get('aud'), expected.audiences)
    const jti = textMember(payload, 'jti', /^[\x21-\x7e]{16,128}$/)
    const expires = checkTimes(jws, expected.now)
    return {
      kid,
      party,
      claim: { scope: 'client-assertion', value: `${party}/${kid}/${jti}`, expiresAt: new Date(expires + LEEWAY_MS) },
      verify: (jwk) => refusing(() => assertSignature(jws, jwk)),
    }
  })
}

/** A single audience, as text or as an array of one: an assertion for two servers could be passed on by one of them. */
function checkAudience(given: unknown, audiences: readonly string[]): void {
  const audience: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given
  if (typeof audience !== 'string' || !audiences.includes(audience)) throw new JwsRefusal('aud', 'The assertion is for another server.')
}

function checkTimes({ payload }: CompactJws, now: Date): number {
  const time = now.getTime()
  const skewed = () => new IdentityError('CLOCK_SKEW', 'The assertion\'s time does not fit the server\'s.', { details: { serverTime: now.toISOString() } })
  if (payload.has('iat')) {
    const issued = timeMember(payload, 'iat') * 1000
    if (issued > time + LEEWAY_MS || issued < time - ASSERTION_LIFETIME_MAX_MS - LEEWAY_MS) throw skewed()
  }
  if (payload.has('nbf') && timeMember(payload, 'nbf') * 1000 > time + LEEWAY_MS) throw skewed()
  const expires = timeMember(payload, 'exp') * 1000
  if (expires <= time) throw new JwsRefusal('exp', 'The assertion has expired.')
  if (expires > time + ASSERTION_LIFETIME_MAX_MS + LEEWAY_MS) throw new JwsRefusal('exp', 'The assertion lives longer than five minutes.')
  return expires
}

function refusing<T>(body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof JwsRefusal)) throw error
    throw new IdentityError('ASSERTION_INVALID', error.message, { details: { check: error.check } })
  }
}
