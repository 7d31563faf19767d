import { randomBytes } from 'node:crypto'
import { CompactEncrypt, importJWK } from 'jose'
import { jwkThumbprint, type P256Jwk } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { newPrivateJwk } from './__fixtures__/people.ts'
import { openSealed, sealToKey } from './seal-to-key.ts'

const privateJwk = newPrivateJwk()
const { d: _, ...rest } = privateJwk
const jwk: P256Jwk = rest
const recipient = { jwk, thumbprint: jwkThumbprint(jwk) }
const plain = new Uint8Array(randomBytes(32))
const refused = expect.objectContaining({ name: 'IdentityError', code: 'UNSEAL_FAILED' })

describe('bytes sealed to a key', () => {
  it('open with its private key, and name it and the algorithms', async () => {
    const sealed = await sealToKey(plain, recipient)
    expect(await openSealed(sealed, privateJwk)).toEqual(plain)
    const header = JSON.parse(Buffer.from(sealed.split('.')[0] as string, 'base64url').toString()) as object
    expect(header).toMatchObject({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: recipient.thumbprint })
  })

  it('look different each time', async () => {
    expect(await sealToKey(plain, recipient)).not.toBe(await sealToKey(plain, recipient))
  })

  it('do not open with another key', async () => {
    await expect(openSealed(await sealToKey(plain, recipient), newPrivateJwk())).rejects.toThrow(refused)
  })

  it('do not open with any part altered', async () => {
    const sealed = await sealToKey(plain, recipient)
    for (let place = 0; place < sealed.length; place += 11) {
      if (sealed[place] === '.') continue
      const other = sealed[place] === 'A' ? 'B' : 'A'
      await expect(openSealed(`${sealed.slice(0, place)}${other}${sealed.slice(place + 1)}`, privateJwk)).rejects.toThrow(refused)
    }
  })

  it('do not open under another algorithm, though the key would fit', async () => {
    const key = await importJWK({ ...jwk }, 'ECDH-ES')
    const direct = await new CompactEncrypt(plain).setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' }).encrypt(key)
    await expect(openSealed(direct, privateJwk)).rejects.toThrow(refused)
    const cbc = await new CompactEncrypt(plain).setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A128CBC-HS256' }).encrypt(key)
    await expect(openSealed(cbc, privateJwk)).rejects.toThrow(refused)
  })
})
