import { readFileSync } from 'node:fs'
import { createSigner, toPublicJwk, type Signer } from '@careledger/proof'
import { CommandError, exitCodes } from './exit-codes.ts'

/** A signer from a file that holds one private key as JWK (Ed25519 or P-256). */
export async function signerFromFile(path: string): Promise<Signer> {
  let jwk: unknown
  try {
    jwk = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'KEY_UNREADABLE', `${path} does not hold a key: give a file with one private key as JWK (RFC 7517).`, { cause: error })
  }
  return signerFromJwk(jwk, path)
}

export async function signerFromJwk(jwk: unknown, from: string): Promise<Signer> {
  try {
    const { d, ...rest } = jwk as JsonWebKey
    if (typeof d !== 'string') throw new TypeError('There is no private member d.')
    const { kty, crv, x, y } = rest
    const publicJwk = toPublicJwk(y === undefined ? { kty, crv, x } : { kty, crv, x, y })
    const algorithm = publicJwk.kty === 'OKP' ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256' }
    const privateKey = await crypto.subtle.importKey('jwk', { ...publicJwk, d }, algorithm, false, ['sign'])
    return createSigner(privateKey, publicJwk)
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'KEY_INVALID', `${from} does not hold a private Ed25519 or P-256 key as JWK.`, { cause: error })
  }
}
