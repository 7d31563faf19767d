import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { publicKeyProblem, signatureProblem, type PublicJwk, type SignatureAlgorithm } from '@careledger/proof'
import { createBoundedMap } from '../bounded-map.ts'

/** Imported keys kept; an import costs about as much as a verification. */
const KEYS_MAX = 10_000
const imported = createBoundedMap<string, KeyObject>(KEYS_MAX)

/**
 * Verifies by node:crypto without leaving the thread: two to three times as many as WebCrypto in one CPU-second. The strict form is checked
 * here too (RFC 8032 S < L, no point of small order, r and s in 1..n-1). Never throws for a bad signature or key: false.
 */
export function verifySignatureSync(algorithm: SignatureAlgorithm, jwk: PublicJwk, message: Uint8Array, signature: Uint8Array): boolean {
  if (signatureProblem(algorithm, jwk, signature) !== undefined) return false
  const key = publicKeyObject(jwk)
  return key !== undefined && (algorithm === 'EdDSA' ? verify(null, message, key, signature) : verify('sha256', message, key, derSignature(signature)))
}

/**
 * `r || s` as the ECDSA-Sig-Value of RFC 3279 §2.2.3. Node takes 64 bytes too, but only beside the key in an options object, and looks
 * twice whether that object is a key, which costs half as much as the verification.
 */
function derSignature(signature: Uint8Array): Uint8Array {
  const [r, s] = [derInteger(signature.subarray(0, 32)), derInteger(signature.subarray(32))]
  const der = new Uint8Array(6 + r.length + s.length + r.pad + s.pad)
  der.set([0x30, der.length - 2, 0x02, r.length + r.pad])
  der.set(r.bytes, 4 + r.pad)
  const at = 4 + r.pad + r.length
  der.set([0x02, s.length + s.pad], at)
  der.set(s.bytes, at + 2 + s.pad)
  return der
}

/** Without leading zeros; `pad` is 1 where a zero must keep the number positive. */
function derInteger(number: Uint8Array): { readonly bytes: Uint8Array; readonly length: number; readonly pad: number } {
  let from = 0
  while (from < number.length - 1 && number[from] === 0) from += 1
  const bytes = number.subarray(from)
  return { bytes, length: bytes.length, pad: (bytes[0] ?? 0) >= 0x80 ? 1 : 0 }
}

function publicKeyObject(jwk: PublicJwk): KeyObject | undefined {
  const name = jwk.kty === 'OKP' ? jwk.x : `${jwk.x}.${jwk.y}`
  const known = imported.get(name)
  if (known !== undefined) return known
  if (publicKeyProblem(jwk) !== undefined) return undefined
  const { kty, crv, x } = jwk
  const key = createPublicKey({ format: 'jwk', key: jwk.kty === 'OKP' ? { kty, crv, x } : { kty, crv, x, y: jwk.y } })
  imported.set(name, key)
  return key
}

