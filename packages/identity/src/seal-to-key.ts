import { CompactEncrypt, compactDecrypt, importJWK } from 'jose'
import type { P256Jwk } from '@careledger/proof'
import { IdentityError } from './identity-error.ts'

const ALGORITHM = 'ECDH-ES+A256KW'
const ENCRYPTION = 'A256GCM'

/** A private P-256 key as JWK (RFC 7518 §6.2.2). */
export interface P256PrivateJwk extends P256Jwk { readonly d: string }

/**
 * Seals bytes (an epoch key, a content key) to one P-256 key: compact JWE, `ECDH-ES+A256KW` with an ephemeral key, `A256GCM`, and the
 * grantee's thumbprint as `kid`. Ed25519 keys cannot receive. Source: RFC 7516, RFC 7518 §4.6; design c3.
 */
export async function sealToKey(plain: Uint8Array, recipient: { readonly jwk: P256Jwk; readonly thumbprint: string }): Promise<string> {
  const { kty, crv, x, y } = recipient.jwk
  const key = await importJWK({ kty, crv, x, y }, ALGORITHM)
  return await new CompactEncrypt(plain).setProtectedHeader({ alg: ALGORITHM, enc: ENCRYPTION, kid: recipient.thumbprint }).encrypt(key)
}

/** Errors: UNSEAL_FAILED for another key, altered text, or any other algorithm. */
export async function openSealed(sealed: string, privateJwk: P256PrivateJwk): Promise<Uint8Array> {
  try {
    const { kty, crv, x, y, d } = privateJwk
    const key = await importJWK({ kty, crv, x, y, d }, ALGORITHM)
    const { plaintext } = await compactDecrypt(sealed, key, { keyManagementAlgorithms: [ALGORITHM], contentEncryptionAlgorithms: [ENCRYPTION] })
    return plaintext
  } catch {
    throw new IdentityError('UNSEAL_FAILED', 'The sealed text does not open with this key.')
  }
}
