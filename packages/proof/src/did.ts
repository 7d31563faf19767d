import { concat, fromBase64url, toBase64url } from './bytes.ts'
import type { CanonicalValue } from './canonical-json.ts'
import { ProofError } from './proof-error.ts'
import { toPublicJwk, yOfP256, type PublicJwk } from './public-key.ts'

/** Multicodec prefixes of public keys, as unsigned varints: `p256-pub` 0x1200 and `ed25519-pub` 0xed. */
const p256Prefix = new Uint8Array([0x80, 0x24])
const ed25519Prefix = new Uint8Array([0xed, 0x01])

/** The `did:key` of a public key: multibase base58btc of the multicodec prefix and the key, P-256 as a compressed point. Source: the did:key method. */
export const didKeyOf = (jwk: PublicJwk): string => {
  const bytes = jwk.kty === 'OKP'
    ? concat(ed25519Prefix, fromBase64url(jwk.x))
    : concat(p256Prefix, new Uint8Array([2 + (fromBase64url(jwk.y)[31]! & 1)]), fromBase64url(jwk.x))
  return `did:key:z${toBase58(bytes)}`
}

/** The key that a `did:key` is. Errors: MALFORMED for another method, encoding or kind of key; KEY_INVALID for a key that must not be used. */
export const parseDidKey = (did: string): PublicJwk => {
  const match = /^did:key:z([1-9A-HJ-NP-Za-km-z]{40,64})$/.exec(did)
  const bytes = match === null ? undefined : fromBase58(match[1]!)
  if (bytes?.length === 34 && startsWith(bytes, ed25519Prefix)) return checked({ kty: 'OKP', crv: 'Ed25519', x: toBase64url(bytes.subarray(2)) })
  if (bytes?.length === 35 && startsWith(bytes, p256Prefix)) {
    const y = yOfP256(bytes.subarray(3), bytes[2]!)
    if (y !== undefined) return checked({ kty: 'EC', crv: 'P-256', x: toBase64url(bytes.subarray(3)), y: toBase64url(y) })
  }
  throw new ProofError('MALFORMED', 'This is not the did:key of a P-256 or Ed25519 key.')
}

/** The `did:web` of an origin (scheme, host and port), or of one of its organisations. Source: the did:web method. */
export const didWebOf = (origin: string, organisation?: string): string => {
  const { host } = new URL(origin)
  return `did:web:${host.replace(':', '%3A')}${organisation === undefined ? '' : `:orgs:${organisation}`}`
}

/** Where a did:web stands. */
export interface DidWeb {
  /** Scheme, host and port: https, and http on this machine itself. */
  readonly origin: string
  /** Path of its document. */
  readonly path: string
  /** Of the form that this platform gives its organisations. */
  readonly organisation?: string | undefined
}

/** Takes a did:web apart. Errors: MALFORMED, also for a host with a user, an IPv6 address or other characters than a host has. */
export const parseDidWeb = (did: string): DidWeb => {
  const match = did.length > 512 ? null : /^did:web:([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?:%3A([1-9][0-9]{0,4}))?((?::[A-Za-z0-9._-]{1,64}){0,8})$/.exec(did)
  if (match === null || /:\.{1,2}(:|$)/.test(match[3]!)) throw new ProofError('MALFORMED', 'This is not a did:web.')
  const [, host, port, rest] = match
  const origin = `${isOwnMachine(host!) ? 'http' : 'https'}://${host!}${port === undefined ? '' : `:${port}`}`
  const parts = rest!.split(':').slice(1)
  return { origin, path: parts.length === 0 ? '/.well-known/did.json' : `/${parts.join('/')}/did.json`, ...(parts.length === 2 && parts[0] === 'orgs' ? { organisation: parts[1]! } : {}) }
}

/** The address of an organisation's status list; `issuer` is its did:web. Errors: MALFORMED. */
export const statusListUrl = (issuer: string, list: number): string => {
  const { origin, organisation } = parseDidWeb(issuer)
  if (organisation === undefined) throw new ProofError('MALFORMED', 'The DID is not one of an organisation here.')
  return `${origin}/orgs/${organisation}/status/${list}`
}

/** One key of a DID document, and since when it is out of use, if it is. */
export interface DidKey {
  readonly jwk: PublicJwk
  /** RFC 7638 thumbprint; the fragment of the method's id. */
  readonly thumbprint: string
  /** Signs nothing from then on; what it signed before holds. ISO 8601. */
  readonly retired?: string | undefined
  /** Not to be used from then on. ISO 8601. */
  readonly revoked?: string | undefined
}

/**
 * A DID document (W3C DID Core 1.0, Controlled Identifiers 1.0). A key that was changed for another stays a verification method for assertions, with
 * `expires`, so that what it signed verifies; a revoked one stays listed with `revoked` and is good for nothing.
 */
export const didDocument = (did: string, keys: readonly DidKey[], more: { readonly controller?: string | undefined } = {}): CanonicalValue => {
  const name = ({ thumbprint }: DidKey) => `${did}#${thumbprint}`
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'],
    id: did,
    ...more,
    verificationMethod: keys.map((key) => ({
      id: name(key), type: 'JsonWebKey', controller: did, publicKeyJwk: { ...key.jwk, kid: key.thumbprint },
      ...(key.retired === undefined ? {} : { expires: key.retired }), ...(key.revoked === undefined ? {} : { revoked: key.revoked }),
    })),
    assertionMethod: keys.filter(({ revoked }) => revoked === undefined).map(name),
    authentication: keys.filter(({ revoked, retired }) => revoked === undefined && retired === undefined).map(name),
  }
}

const isOwnMachine = (host: string): boolean => host === 'localhost' || host === '127.0.0.1'

const checked = (jwk: CanonicalValue): PublicJwk => toPublicJwk(jwk, 'did')

const startsWith = (bytes: Uint8Array, prefix: Uint8Array): boolean => prefix.every((byte, place) => bytes[place] === byte)

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

const toBase58 = (bytes: Uint8Array): string => {
  let number = 0n
  for (const byte of bytes) number = number * 256n + BigInt(byte)
  let text = ''
  for (; number > 0n; number /= 58n) text = alphabet[Number(number % 58n)]! + text
  return '1'.repeat(leading(bytes, 0)) + text
}

const fromBase58 = (text: string): Uint8Array => {
  const digits = [...text].map((letter) => alphabet.indexOf(letter))
  let number = 0n
  for (const digit of digits) number = number * 58n + BigInt(digit)
  const bytes: number[] = []
  for (; number > 0n; number /= 256n) bytes.unshift(Number(number % 256n))
  return new Uint8Array([...Array.from({ length: leading(digits, 0) }, () => 0), ...bytes])
}

const leading = (items: Iterable<number>, value: number): number => {
  let count = 0
  for (const item of items) {
    if (item !== value) break
    count += 1
  }
  return count
}
