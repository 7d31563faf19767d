import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { didDocument, didKeyOf, didWebOf, emptyStatusBits, newlySet, parseDidKey, parseDidWeb, parseStatusList, statusBit, statusListDocument, statusListUrl, STATUS_LIST_LENGTH, withStatusBit } from './index.ts'
import { ed25519Signer, es256Signer } from './__fixtures__/test-keys.ts'

const refusedWith = (code: string) => expect.objectContaining({ name: 'ProofError', code })

describe('did:key', () => {
  // Vectors of the did:key method's own test data.
  test.each([
    ['did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169', { kty: 'EC', crv: 'P-256', x: 'fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI', y: 'hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU' }],
    ['did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK', { kty: 'OKP', crv: 'Ed25519', x: 'Lm_M42cB3HkUiODQsXRcweM6TByfzEHGO9ND274JcOY' }],
  ] as const)('%s is the key that the method says', (did, jwk) => {
    expect(parseDidKey(did)).toEqual(jwk)
    expect(didKeyOf(jwk)).toBe(did)
  })

  test('gives every key back', async () => {
    for (let byte = 1; byte < 40; byte += 1) {
      for (const { publicJwk } of [es256Signer(byte), await ed25519Signer(byte)]) expect(parseDidKey(didKeyOf(publicJwk))).toEqual(publicJwk)
    }
  })

  test.each(['did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2do', 'did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc', 'did:web:example.com', `did:key:z${'1'.repeat(40)}`, 'did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2160'])('%s is refused', (did) => {
    expect(() => parseDidKey(did)).toThrow(expect.objectContaining({ name: 'ProofError' }))
  })
})

describe('did:web', () => {
  test('says where its document stands', () => {
    expect(didWebOf('https://care.example')).toBe('did:web:care.example')
    expect(didWebOf('http://127.0.0.1:4300', 'hospital-a')).toBe('did:web:127.0.0.1%3A4300:orgs:hospital-a')
    expect(parseDidWeb('did:web:care.example')).toEqual({ origin: 'https://care.example', path: '/.well-known/did.json' })
    expect(parseDidWeb('did:web:127.0.0.1%3A4300:orgs:hospital-a')).toEqual({ origin: 'http://127.0.0.1:4300', path: '/orgs/hospital-a/did.json', organisation: 'hospital-a' })
    expect(statusListUrl('did:web:care.example:orgs:hospital-a', 2)).toBe('https://care.example/orgs/hospital-a/status/2')
  })

  test.each(['did:web:', 'did:web:user%40care.example', 'did:web:care.example:..:x', 'did:web:care.example%2Fx', 'did:web:care.example/x', 'did:web:[::1]', 'did:web:care.example#key', 'did:web:care.example?x'])('%s is refused', (did) => {
    expect(() => parseDidWeb(did)).toThrow(refusedWith('MALFORMED'))
  })

  test('a document keeps changed keys for what they signed, and revoked ones for nothing', () => {
    const [now, old, lost] = [es256Signer(1), es256Signer(2), es256Signer(3)]
    const document = didDocument('did:web:care.example', [
      { jwk: now.publicJwk, thumbprint: now.key },
      { jwk: old.publicJwk, thumbprint: old.key, retired: '2026-01-01T00:00:00.000Z' },
      { jwk: lost.publicJwk, thumbprint: lost.key, revoked: '2026-02-01T00:00:00.000Z' },
    ]) as { readonly verificationMethod: readonly { readonly id: string; readonly expires?: string; readonly revoked?: string }[]; readonly assertionMethod: readonly string[]; readonly authentication: readonly string[] }
    const id = (key: string) => `did:web:care.example#${key}`
    expect(document.verificationMethod.map((method) => [method.id, method.expires, method.revoked])).toEqual([[id(now.key), undefined, undefined], [id(old.key), '2026-01-01T00:00:00.000Z', undefined], [id(lost.key), undefined, '2026-02-01T00:00:00.000Z']])
    expect([document.assertionMethod, document.authentication]).toEqual([[id(now.key), id(old.key)], [id(now.key)]])
  })
})

describe('a status list', () => {
  const issuer = 'did:web:care.example:orgs:hospital-a'
  const from = '2026-11-26T00:00:00.000Z'

  test('says of every place what was set, and of no other', async () => {
    await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.nat(STATUS_LIST_LENGTH - 1), { maxLength: 20 }), async (indexes) => {
      const bits = indexes.reduce(withStatusBit, emptyStatusBits())
      const read = await parseStatusList(await statusListDocument({ issuer, list: 0, from, bits }))
      expect(newlySet(emptyStatusBits(), read.bits)).toEqual(indexes.toSorted((one, other) => one - other))
      for (const index of indexes) expect(statusBit(read.bits, index)).toBe(true)
    }), { numRuns: 20 })
  })

  test('has its first place in the left-most bit', () => {
    expect(withStatusBit(emptyStatusBits(), 0)[0]).toBe(0x80)
  })

  test('that forgets one is found out', () => {
    expect(newlySet(withStatusBit(emptyStatusBits(), 5), withStatusBit(emptyStatusBits(), 6))).toBeUndefined()
  })

  test('that is packed too large, or otherwise, is refused', async () => {
    const document = (await statusListDocument({ issuer, list: 0, from, bits: emptyStatusBits() })) as Readonly<Record<string, Record<string, string>>>
    const packed = async (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer())
    for (const size of [16_383, 16_385, 10_000_000]) {
      const encodedList = `u${Buffer.from(await packed(new Uint8Array(size))).toString('base64url')}`
      await expect(parseStatusList({ ...document, credentialSubject: { ...document['credentialSubject'], encodedList } })).rejects.toThrow(refusedWith('MALFORMED'))
    }
    await expect(parseStatusList({ ...document, id: 'https://elsewhere.example/orgs/hospital-a/status/0' } as never)).rejects.toThrow(refusedWith('MALFORMED'))
    await expect(parseStatusList({ ...document, more: 'x' } as never)).rejects.toThrow(refusedWith('MALFORMED'))
  })
})
