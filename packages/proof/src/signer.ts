import { ProofError } from './proof-error.ts'
import { algorithmOf, jwkThumbprint, signatureProblem, type PublicJwk, type SignatureAlgorithm } from './public-key.ts'
import { unshared, type WebCryptoKey } from './web-crypto.ts'

/** Something that signs with one key: WebCrypto, an HSM, a vault. */
export interface Signer {
  /** RFC 7638 thumbprint of `publicJwk`. */
  readonly key: string
  readonly algorithm: SignatureAlgorithm
  readonly publicJwk: PublicJwk
  /** 64 bytes: Ed25519 (RFC 8032), or r and s of ECDSA with SHA-256. */
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** Answers whether 64 bytes are a signature of the message. Callers check `signatureProblem` first. */
export type VerifySignature = (algorithm: SignatureAlgorithm, jwk: PublicJwk, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>

/** A signer over a WebCrypto private key, which may be unextractable. */
export const createSigner = (privateKey: WebCryptoKey, publicJwk: PublicJwk): Signer => ({
  key: jwkThumbprint(publicJwk),
  algorithm: algorithmOf(publicJwk),
  publicJwk,
  sign: async (message) => new Uint8Array(await crypto.subtle.sign(parametersOf(algorithmOf(publicJwk)), privateKey, unshared(message))),
})

/** A new key pair. `extractable` (false by default) decides whether the private key can ever leave WebCrypto. */
export const generateSigningKey = async (algorithm: SignatureAlgorithm, options: { readonly extractable?: boolean } = {}): Promise<{ readonly privateKey: WebCryptoKey; readonly publicJwk: PublicJwk }> => {
  const pair = (await crypto.subtle.generateKey(parametersOf(algorithm), options.extractable ?? false, ['sign', 'verify'])) as { readonly privateKey: WebCryptoKey; readonly publicKey: WebCryptoKey }
  return { privateKey: pair.privateKey, publicJwk: await exportPublicJwk(pair.publicKey) }
}

/** The public members of a WebCrypto public key. `KEY_INVALID` for other kinds of key. */
export const exportPublicJwk = async (publicKey: WebCryptoKey): Promise<PublicJwk> => {
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
  if (kty === 'OKP' && crv === 'Ed25519' && x !== undefined) return { kty, crv, x }
  if (kty === 'EC' && crv === 'P-256' && x !== undefined && y !== undefined) return { kty, crv, x, y }
  throw new ProofError('KEY_INVALID', 'Only Ed25519 and P-256 keys sign entries.')
}

/**
 * Verifies by WebCrypto; the strict form is checked here too. A bad signature or key gives false; a platform without the algorithm
 * rejects, since nothing was verified.
 */
export const verifySignature = async (algorithm: SignatureAlgorithm, jwk: PublicJwk, message: Uint8Array, signature: Uint8Array): Promise<boolean> => {
  if (signatureProblem(algorithm, jwk, signature) !== undefined) return false
  const parameters = parametersOf(algorithm)
  const key = await importPublicKey(jwk, parameters)
  return key !== undefined && crypto.subtle.verify(parameters, key, unshared(signature), unshared(message))
}

/** `undefined` where the platform sees that the point is not on its curve. */
const importPublicKey = async (jwk: PublicJwk, parameters: ReturnType<typeof parametersOf>): Promise<WebCryptoKey | undefined> => {
  try {
    return await crypto.subtle.importKey('jwk', publicMembers(jwk), parameters, false, ['verify'])
  } catch (error) {
    if (error instanceof Error && error.name === 'DataError') return undefined
    throw error
  }
}

const publicMembers = (jwk: PublicJwk): { kty: string; crv: string; x: string; y?: string } =>
  jwk.kty === 'OKP' ? { kty: jwk.kty, crv: jwk.crv, x: jwk.x } : { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }

const parametersOf = (algorithm: SignatureAlgorithm) =>
  algorithm === 'EdDSA' ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
