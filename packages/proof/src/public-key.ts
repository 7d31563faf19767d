import { fromBase64url, toBase64url } from './bytes.ts'
import { canonicalBytes, type CanonicalValue } from './canonical-json.ts'
import { sha256 } from './hash.ts'
import { ProofError } from './proof-error.ts'
import { readMembers } from './read-members.ts'

/** A public key (RFC 7517), these members and no other. */
export type PublicJwk = Ed25519Jwk | P256Jwk
export interface Ed25519Jwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
}
export interface P256Jwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
}
export type SignatureAlgorithm = 'EdDSA' | 'ES256'

/** The one algorithm a key signs with; the key decides, never a header. */
export const algorithmOf = (jwk: PublicJwk): SignatureAlgorithm => (jwk.kty === 'OKP' ? 'EdDSA' : 'ES256')

/**
 * Checks a parsed value as a public key. Errors: `UNKNOWN_MEMBER` (a private member `d` too), `MISSING_MEMBER`, `MALFORMED`, and
 * `KEY_INVALID` for a key that must not be used.
 */
export const toPublicJwk = (value: CanonicalValue, path = ''): PublicJwk => {
  const members = readMembers(value, path)
  const kty = members.text('kty', /^(OKP|EC)$/)
  const jwk: PublicJwk =
    kty === 'OKP'
      ? { kty: 'OKP', crv: members.text('crv', /^Ed25519$/) as 'Ed25519', x: members.bytesText('x', 32) }
      : { kty: 'EC', crv: members.text('crv', /^P-256$/) as 'P-256', x: members.bytesText('x', 32), y: members.bytesText('y', 32) }
  members.end()
  const problem = publicKeyProblem(jwk)
  if (problem !== undefined) throw new ProofError('KEY_INVALID', problem, { path })
  return jwk
}

/** RFC 7638 SHA-256 thumbprint, base64url, 43 characters. `KEY_INVALID` for a key that must not be used. */
export const jwkThumbprint = (jwk: PublicJwk): string => {
  const problem = publicKeyProblem(jwk)
  if (problem !== undefined) throw new ProofError('KEY_INVALID', problem)
  const name = nameOf(jwk)
  const known = goodKeys.get(name)
  if (known !== undefined && known !== '') return known
  const required = jwk.kty === 'OKP' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x } : { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }
  const thumbprint = toBase64url(sha256(canonicalBytes(required)))
  remember(name, thumbprint)
  return thumbprint
}

const nameOf = (jwk: PublicJwk): string => (jwk.kty === 'OKP' ? `${jwk.crv}/${jwk.x}` : `${jwk.crv}/${jwk.x}/${jwk.y}`)

/** Both are the same key. */
export const samePublicKey = (a: PublicJwk, b: PublicJwk): boolean =>
  a.kty === b.kty && a.x === b.x && (a.kty !== 'EC' || b.kty !== 'EC' || a.y === b.y)

/** The 32 bytes of an Ed25519 public key (RFC 8032). `KEY_INVALID` for any other key. */
export const ed25519KeyBytes = (jwk: PublicJwk): Uint8Array => {
  const problem = jwk.kty === 'OKP' ? publicKeyProblem(jwk) : 'An Ed25519 key was expected.'
  if (problem !== undefined) throw new ProofError('KEY_INVALID', problem)
  return fromBase64url(jwk.x)
}

/** Why a key must not be used, in words; `undefined` when it may. */
export const publicKeyProblem = (jwk: PublicJwk): string | undefined => {
  const name = nameOf(jwk)
  if (goodKeys.has(name)) return undefined
  try {
    const problem = jwk.kty === 'OKP' ? ed25519KeyProblem(jwk) : p256KeyProblem(jwk)
    if (problem === undefined) remember(name, '')
    return problem
  } catch {
    return 'The key is not base64url.'
  }
}

/** Keys whose numbers were checked, with their thumbprints once asked for; few authors sign much. */
const goodKeys = new Map<string, string>()
const goodKeysMax = 4_096

const remember = (name: string, thumbprint: string): void => {
  if (goodKeys.size >= goodKeysMax) goodKeys.clear()
  goodKeys.set(name, thumbprint)
}

const ed25519KeyProblem = (jwk: Ed25519Jwk): string | undefined => {
  if (jwk.crv !== 'Ed25519') return 'The curve is not Ed25519.'
  const key = fromBase64url(jwk.x)
  if (key.length !== 32) return 'An Ed25519 key has 32 bytes.'
  const y = littleEndian(key) & ((1n << 255n) - 1n)
  if (y >= ed25519Prime) return 'The Ed25519 key is not in its canonical form.'
  if (smallOrderY.has(y)) return 'The Ed25519 key is of small order.'
  return undefined
}

const p256KeyProblem = (jwk: P256Jwk): string | undefined => {
  if (jwk.crv !== 'P-256') return 'The curve is not P-256.'
  const [xBytes, yBytes] = [fromBase64url(jwk.x), fromBase64url(jwk.y)]
  if (xBytes.length !== 32 || yBytes.length !== 32) return 'Each coordinate of a P-256 key has 32 bytes.'
  const [x, y] = [bigEndian(xBytes), bigEndian(yBytes)]
  if (x >= p256Prime || y >= p256Prime) return 'A coordinate is not below the prime of P-256.'
  const right = (((x * x) % p256Prime) * x - 3n * x + p256B) % p256Prime
  if ((y * y - right) % p256Prime !== 0n) return 'The point is not on P-256.'
  return undefined
}

/** The y coordinate (32 bytes) of a compressed point of P-256 (SEC 1 §2.3.4); `prefix` is 2 or 3. `undefined`: there is no such point. */
export const yOfP256 = (xBytes: Uint8Array, prefix: number): Uint8Array | undefined => {
  const x = bigEndian(xBytes)
  if (x >= p256Prime || (prefix !== 2 && prefix !== 3)) return undefined
  const right = ((((x * x) % p256Prime) * x - 3n * x + p256B) % p256Prime + p256Prime) % p256Prime
  // The prime is 3 modulo 4.
  let root = 1n
  for (let base = right, exponent = (p256Prime + 1n) >> 2n; exponent > 0n; exponent >>= 1n, base = (base * base) % p256Prime) if ((exponent & 1n) === 1n) root = (root * base) % p256Prime
  if ((root * root - right) % p256Prime !== 0n) return undefined
  const y = (root & 1n) === BigInt(prefix - 2) ? root : p256Prime - root
  return Uint8Array.from({ length: 32 }, (_, place) => Number((y >> BigInt(8 * (31 - place))) & 255n))
}

/** Why signature bytes are refused before any arithmetic, in words; `undefined` when their form is good. */
export const signatureProblem = (algorithm: SignatureAlgorithm, jwk: PublicJwk, signature: Uint8Array): string | undefined => {
  if (algorithmOf(jwk) !== algorithm) return 'The algorithm is not the one of the key.'
  if (signature.length !== 64) return 'A signature has 64 bytes.'
  return publicKeyProblem(jwk) ?? (algorithm === 'EdDSA' ? ed25519SignatureProblem(signature) : p256SignatureProblem(signature))
}

const ed25519SignatureProblem = (signature: Uint8Array): string | undefined => {
  const point = littleEndian(signature.subarray(0, 32)) & ((1n << 255n) - 1n)
  if (point >= ed25519Prime) return 'The point of the signature is not in its canonical form.'
  if (smallOrderY.has(point)) return 'The point of the signature is of small order.'
  return littleEndian(signature.subarray(32)) < ed25519Order ? undefined : 'S is not below the order of the group.'
}

const p256SignatureProblem = (signature: Uint8Array): string | undefined => {
  const [r, s] = [bigEndian(signature.subarray(0, 32)), bigEndian(signature.subarray(32))]
  return r > 0n && r < p256Order && s > 0n && s < p256Order ? undefined : 'r or s is not between 1 and n-1.'
}

const bigEndian = (bytes: Uint8Array): bigint => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 32)
  return (view.getBigUint64(0) << 192n) | (view.getBigUint64(8) << 128n) | (view.getBigUint64(16) << 64n) | view.getBigUint64(24)
}
const littleEndian = (bytes: Uint8Array): bigint => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 32)
  return (view.getBigUint64(24, true) << 192n) | (view.getBigUint64(16, true) << 128n) | (view.getBigUint64(8, true) << 64n) | view.getBigUint64(0, true)
}

const ed25519Prime = (1n << 255n) - 19n
const ed25519Order = (1n << 252n) + 27742317777372353535851937790883648493n
/** The y coordinates of the eight points of order 1, 2, 4 and 8. */
const smallOrderY = new Set([
  0n,
  1n,
  ed25519Prime - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
])
const p256Prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const p256Order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const p256B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

