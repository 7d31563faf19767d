import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
import { startTestNetwork } from './__fixtures__/test-network.ts'
import { createFabricSigner } from './index.ts'
import { createLowS } from './signer.ts'

const HALF_P256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n / 2n
let identity: { readonly certificate: string; readonly privateKey: string }
beforeAll(async () => {
  const network = await startTestNetwork()
  identity = await network.peer.enrol()
  await network.stop()
})

function sOf(der: Uint8Array): bigint {
  const bytes = Buffer.from(der)
  return BigInt(`0x${bytes.subarray(6 + (bytes[3] ?? 0)).toString('hex')}`)
}

it('makes low-S signatures of whatever a signer gives, and they still verify', async () => {
  const signer = createFabricSigner({ mspId: 'Org1MSP', ...identity })
  const lowS = createLowS(identity.certificate)
  const key = createPublicKey(createPrivateKey(identity.privateKey))
  let changed = 0
  for (let round = 0; round < 60; round += 1) {
    const message = Buffer.from(`message ${round}`)
    const given = await signer.sign(message)
    const made = lowS(given)
    expect(sOf(made) <= HALF_P256).toBe(true)
    expect(verify('sha256', message, key, made)).toBe(true)
    if (!made.equals(given)) changed += 1
  }
  expect(changed).toBeGreaterThan(0)
})

it.each([[new Uint8Array(0)], [new Uint8Array(64)], [Buffer.from('3006020100020100ff', 'hex')], [Buffer.from('30050201000200', 'hex')]])('refuses what is no DER signature', (bytes) => {
  expect(() => createLowS(identity.certificate)(bytes)).toThrow(TypeError)
})

it('refuses a key that is not the one of the certificate', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1', privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } })
  expect(() => createFabricSigner({ mspId: 'Org1MSP', certificate: identity.certificate, privateKey })).toThrow(TypeError)
})
