import { p256 } from '@noble/curves/nist.js'
import { concat, createSigner, exportPublicJwk, fromHex, jwkThumbprint, toBase64url, type PublicJwk, type Signer } from '../index.ts'

/** Ed25519 signer of the key whose 32-byte seed is `byte` repeated. For tests and vectors only. */
export const ed25519Signer = async (byte: number): Promise<Signer> => {
  const pkcs8 = concat(fromHex('302e020100300506032b657004220420'), new Uint8Array(32).fill(byte))
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8 as Uint8Array<ArrayBuffer>, { name: 'Ed25519' }, true, ['sign'])
  const { x } = await crypto.subtle.exportKey('jwk', privateKey)
  const publicKey = await crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x: x! }, { name: 'Ed25519' }, true, ['verify'])
  return createSigner(privateKey, await exportPublicJwk(publicKey))
}

/** ES256 signer of the key whose 32-byte scalar is `byte` repeated; signatures follow RFC 6979, so that vectors stay the same. */
export const es256Signer = (byte: number): Signer => {
  const scalar = new Uint8Array(32).fill(byte)
  const point = p256.getPublicKey(scalar, false)
  const publicJwk: PublicJwk = { kty: 'EC', crv: 'P-256', x: toBase64url(point.slice(1, 33)), y: toBase64url(point.slice(33)) }
  return { key: jwkThumbprint(publicJwk), algorithm: 'ES256', publicJwk, sign: (message) => Promise.resolve(p256.sign(message, scalar, { lowS: false })) }
}
