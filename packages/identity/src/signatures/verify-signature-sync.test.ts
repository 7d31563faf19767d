import { generateKeyPairSync, sign } from 'node:crypto'
import { verifySignature } from '@careledger/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newSigner } from '../__fixtures__/people.ts'
import { createNodeSigner } from './node-signer.ts'
import { verifySignatureSync } from './verify-signature-sync.ts'

const message = new Uint8Array(Buffer.from('message'))
const order = (1n << 252n) + 27742317777372353535851937790883648493n
const littleEndian = (value: bigint): Uint8Array => Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn))
const toBigInt = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

describe('verifying on this thread', () => {
  it.each(['ES256', 'EdDSA'] as const)('%s: holds for its own message and key only', (algorithm) => {
    const signer = newSigner(algorithm)
    const signature = signer.signSync(message)
    expect(verifySignatureSync(algorithm, signer.publicJwk, message, signature)).toBe(true)
    expect(verifySignatureSync(algorithm, signer.publicJwk, new Uint8Array(Buffer.from('massage')), signature)).toBe(false)
    expect(verifySignatureSync(algorithm, newSigner(algorithm).publicJwk, message, signature)).toBe(false)
    expect(verifySignatureSync(algorithm === 'ES256' ? 'EdDSA' : 'ES256', signer.publicJwk, message, signature)).toBe(false)
    expect(verifySignatureSync(algorithm, signer.publicJwk, message, signature.subarray(0, 63))).toBe(false)
    expect(verifySignatureSync(algorithm, signer.publicJwk, message, new Uint8Array(64))).toBe(false)
  })

  it('refuses an Ed25519 signature whose S is not below the order', () => {
    const signer = newSigner('EdDSA')
    const signature = signer.signSync(message)
    const malleable = Uint8Array.from([...signature.subarray(0, 32), ...littleEndian(toBigInt(signature.subarray(32)) + order)])
    expect(verifySignatureSync('EdDSA', signer.publicJwk, message, malleable)).toBe(false)
  })

  it('refuses a small-order Ed25519 key, under which the zero signature of any message would hold', () => {
    for (const x of [littleEndian(0n), littleEndian(1n), littleEndian((1n << 255n) - 20n)]) {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(x).toString('base64url') } as const
      const signature = Uint8Array.from([...littleEndian(1n), ...littleEndian(0n)])
      expect(verifySignatureSync('EdDSA', jwk, message, signature)).toBe(false)
    }
  })

  it('refuses a P-256 key that is not on its curve, and a signature in DER', () => {
    const signer = newSigner('ES256')
    const { x } = signer.publicJwk
    expect(verifySignatureSync('ES256', { kty: 'EC', crv: 'P-256', x, y: x }, message, signer.signSync(message))).toBe(false)
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const der = new Uint8Array(sign('sha256', message, privateKey))
    expect(verifySignatureSync('ES256', createNodeSigner(privateKey).publicJwk, message, der)).toBe(false)
  })

  it('agrees with WebCrypto for every altered signature', async () => {
    const signers = { ES256: newSigner('ES256'), EdDSA: newSigner('EdDSA') }
    await fc.assert(fc.asyncProperty(fc.constantFrom('ES256' as const, 'EdDSA' as const), fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: 255 }), async (algorithm, place, change) => {
      const signer = signers[algorithm]
      const signature = signer.signSync(message)
      signature[place] = (signature[place] as number) ^ change
      expect(verifySignatureSync(algorithm, signer.publicJwk, message, signature)).toBe(await verifySignature(algorithm, signer.publicJwk, message, signature))
    }), { numRuns: 200 })
  })
})
