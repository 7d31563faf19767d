import { createPublicKey, sign, type KeyObject } from 'node:crypto'
import { algorithmOf, jwkThumbprint, toPublicJwk, type CanonicalValue, type Signer } from '@careledger/proof'

/**
 * A signer over a private node:crypto key (Ed25519 or P-256). `sign` works synchronously; a batch of many small messages costs no
 * thread switch. Errors: ProofError for any other kind of key.
 */
export function createNodeSigner(privateKey: KeyObject): Signer & { readonly signSync: (message: Uint8Array) => Uint8Array } {
  const publicJwk = toPublicJwk(createPublicKey(privateKey).export({ format: 'jwk' }) as CanonicalValue)
  const algorithm = algorithmOf(publicJwk)
  const signSync = (message: Uint8Array) => new Uint8Array(sign(algorithm === 'EdDSA' ? null : 'sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }))
  return { key: jwkThumbprint(publicJwk), algorithm, publicJwk, signSync, sign: async (message) => signSync(message) }
}
