import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { canonicalBytes, fromBase64url, parseCanonical, toBase64url, utf8, type PublicJwk } from '@careledger/proof'
import { IdentityError } from '../identity-error.ts'
import { verifySignatureSync } from '../signatures/verify-signature-sync.ts'

/** How long a challenge may be answered. */
export const CHALLENGE_LIFETIME_MS = 120_000
/** `typ` of the JWS that answers one; a signature of another kind never counts as an answer. */
export const CHALLENGE_TYPE = 'careledger-challenge+jws'

export interface Challenge {
  /** Instance that asked. */
  readonly origin: string
  /** Thumbprint of the key that must sign. */
  readonly key: string
  readonly nonce: string
  readonly expires: Date
}

/**
 * A challenge is text that only this instance can have made, so nothing is stored until it is answered:
 * `base64url(body) . base64url(HMAC-SHA-256(secret, "careledger/v1/challenge" || 0x00 || body))`, body canonical JSON of
 * `{ v, origin, key, nonce, expires }`, expires in milliseconds since 1970.
 */
export function makeChallenge(secret: Uint8Array, challenge: { readonly origin: string; readonly key: string; readonly now: Date }): { readonly challenge: string; readonly expires: Date } {
  const expires = new Date(challenge.now.getTime() + CHALLENGE_LIFETIME_MS)
  const body = canonicalBytes({ v: 1, origin: challenge.origin, key: challenge.key, nonce: randomBytes(16).toString('base64url'), expires: expires.getTime() })
  return { challenge: `${toBase64url(body)}.${toBase64url(mac(secret, body))}`, expires }
}

/** Errors: CHALLENGE_INVALID (not ours, another instance's), CHALLENGE_EXPIRED. */
export function readChallenge(secret: Uint8Array, text: string, expected: { readonly origin: string; readonly now: Date }): Challenge {
  const challenge = open(secret, text)
  if (challenge === undefined || challenge.origin !== expected.origin) throw new IdentityError('CHALLENGE_INVALID', 'The challenge is not one of this instance.')
  if (challenge.expires.getTime() <= expected.now.getTime()) {
    throw new IdentityError('CHALLENGE_EXPIRED', 'The challenge has expired. Ask for a new one.', { details: { serverTime: expected.now.toISOString() } })
  }
  return challenge
}

/**
 * Whether `jws` answers the challenge with this key: compact detached JWS (RFC 7515 appendix F) over the challenge's UTF-8 bytes, protected
 * header exactly `{ alg, kid, typ }` in canonical form. Errors: SIGNATURE_INVALID.
 */
export function assertAnswer(answer: { readonly challenge: string; readonly jws: string; readonly key: string; readonly jwk: PublicJwk }): void {
  const { jwk, key, jws } = answer
  const algorithm = jwk.kty === 'OKP' ? 'EdDSA' : 'ES256'
  const header = toBase64url(canonicalBytes({ alg: algorithm, kid: key, typ: CHALLENGE_TYPE }))
  const match = /^([\w-]+)\.\.([\w-]{86})$/.exec(jws)
  if (match === null || match[1] !== header) throw new IdentityError('SIGNATURE_INVALID', `The answer is not a detached JWS with the header { alg: ${algorithm}, kid, typ: ${CHALLENGE_TYPE} }.`)
  const message = utf8(`${header}.${toBase64url(utf8(answer.challenge))}`)
  const signature = decode(match[2] as string)
  if (signature === undefined || !verifySignatureSync(algorithm, jwk, message, signature)) throw new IdentityError('SIGNATURE_INVALID', 'The challenge\'s signature does not hold.')
}

function open(secret: Uint8Array, text: string): Challenge | undefined {
  const [bodyText, macText, more] = text.length > 1024 ? [] : text.split('.')
  if (bodyText === undefined || macText === undefined || more !== undefined) return undefined
  const [body, given] = [decode(bodyText), decode(macText)]
  if (body === undefined || given?.length !== 32 || !timingSafeEqual(mac(secret, body), given)) return undefined
  // The MAC says that we wrote it; its form is known.
  const value = parseCanonical(body) as { readonly origin: string; readonly key: string; readonly nonce: string; readonly expires: number }
  return { origin: value.origin, key: value.key, nonce: value.nonce, expires: new Date(value.expires) }
}

function mac(secret: Uint8Array, body: Uint8Array): Buffer {
  return createHmac('sha256', secret).update('careledger/v1/challenge\0').update(body).digest()
}

function decode(text: string): Uint8Array | undefined {
  try {
    return fromBase64url(text)
  } catch {
    return undefined
  }
}
