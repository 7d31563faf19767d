import { generateKeyPairSync } from 'node:crypto'
import { sha256, toBase64url, utf8, type P256Jwk } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { documentBytes, documentFor } from './carried-documents.ts'
import { CARRY_FORMAT, carryLockOf, newPassphrase, openCarryFile, sealCarryFile, type CarryFile } from './carry-file.ts'

const file: CarryFile = { format: CARRY_FORMAT, made: '2026-11-26T12:00:00.000Z', origin: 'care.example/log/0', custodian: { party: 'a', name: 'Hospital A' }, proofs: ['{"format":"careledger-proof/1"}'] }
const passphrase = 'correct horse battery'
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as unknown as P256Jwk & { readonly d: string }

describe('a carry file', () => {
  it('opens with its passphrase, however the passphrase is composed, and with no other', async () => {
    const sealed = await sealCarryFile(file, { passphrase: 'Jos\u00e9 and a long phrase' })
    expect(carryLockOf(sealed)).toBe('passphrase')
    expect(await openCarryFile(`${sealed}\n`, { passphrase: ' Jose\u0301 and a long phrase ' })).toEqual(file)
    await expect(openCarryFile(sealed, { passphrase: 'another long phrase' })).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
  })

  it('opens with the key it was made for, and with no other', async () => {
    const [mine, other] = [pair(), pair()]
    const sealed = await sealCarryFile(file, { recipient: mine })
    expect(carryLockOf(sealed)).toBe('key')
    expect(await openCarryFile(sealed, { privateKey: mine })).toEqual(file)
    await expect(openCarryFile(sealed, { privateKey: other })).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
    await expect(openCarryFile(sealed, { passphrase })).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
  })

  it('does not open when one letter of any part was changed', async () => {
    const sealed = await sealCarryFile(file, { passphrase })
    const parts = sealed.split('.')
    for (const part of [1, 2, 3, 4]) {
      const altered = parts.map((text, n) => (n === part ? `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}` : text)).join('.')
      await expect(openCarryFile(altered, { passphrase })).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
    }
  })

  it('is refused with a short passphrase, and when it is something else', async () => {
    await expect(sealCarryFile(file, { passphrase: 'short' })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    for (const text of ['', 'hello', '{}', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..a.b.c']) await expect(openCarryFile(text, { passphrase })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
  })

  it('says that a document is not the one that its proof names', async () => {
    const [bytes, id] = [utf8('a scan'), '01890a5d-ac96-774b-bcce-b302099a8057']
    const opening = { salt: 'x', mediaType: 'image/png', sha256: toBase64url(sha256(bytes)) }
    const given = (document: Uint8Array) => documentFor(opening, id, documentBytes([{ id, bytes: toBase64url(document) }]))
    expect([given(bytes), given(utf8('another')), documentFor(opening, id, new Map())]).toEqual([{ document: bytes, holds: true }, { holds: false }, { holds: true }])
  })

  it('gets a passphrase of 125 random bits that nobody misreads', () => {
    expect(newPassphrase(new Uint8Array(25).map((_, n) => n * 7))).toMatch(/^([a-km-np-z2-9]{5}-){4}[a-km-np-z2-9]{5}$/)
  })
})
