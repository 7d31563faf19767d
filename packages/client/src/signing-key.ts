import { createSigner } from '@careledger/proof'
import type { PublicJwk, Signer } from '@careledger/proof'

/** A private key as JWK: P-256 for ES256, Ed25519 for EdDSA. */
export type PrivateJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string; readonly d: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string; readonly d: string }

/** A signer over a private JWK, which WebCrypto keeps from then on without giving it out. Errors: those of `importKey` for a malformed key. */
export async function signerFromJwk(jwk: PrivateJwk): Promise<Signer> {
  const parameters = jwk.kty === 'EC' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' }
  const publicJwk: PublicJwk = jwk.kty === 'EC' ? { kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y } : { kty: 'OKP', crv: 'Ed25519', x: jwk.x }
  return createSigner(await crypto.subtle.importKey('jwk', { ...publicJwk, d: jwk.d }, parameters, false, ['sign']), publicJwk)
}
