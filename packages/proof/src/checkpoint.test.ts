import { beforeAll, describe, expect, test } from 'vitest'
import { ed25519Signer, es256Signer } from './__fixtures__/test-keys.ts'
import { checkpointBody, checkpointLedgerData, checkpointRecordId, cosignCheckpoint, fromUtf8, parseCheckpoint, sha256, signCheckpoint, toBase64, toHex, u64, verifyCheckpoint, verifyCosignatures, type Signer, type Witness } from './index.ts'

const origin = 'careledger.example/log/1'
const root = sha256(u64(1))
let log: Signer
let witness: Signer
let second: Signer
let note: string
let witnesses: readonly Witness[]
beforeAll(async () => {
  ;[log, witness, second] = (await Promise.all([7, 8, 9].map(ed25519Signer))) as [Signer, Signer, Signer]
  note = await signCheckpoint(checkpointBody({ origin, size: 42, root }), log)
  witnesses = [{ name: 'witness.example/a', key: witness.publicJwk }, { name: 'witness.example/b', key: second.publicJwk }]
})
const invalid = expect.objectContaining({ code: 'SIGNATURE_INVALID' }) as Error
const malformed = expect.objectContaining({ code: 'MALFORMED' }) as Error

describe('a checkpoint', () => {
  test('says what was signed', async () => {
    const checkpoint = await verifyCheckpoint(note, origin, log.publicJwk)
    expect([checkpoint.origin, checkpoint.size, toHex(checkpoint.root)]).toEqual([origin, 42, toHex(root)])
  })

  test('is refused under another origin or key, or when its text was changed', async () => {
    await expect(verifyCheckpoint(note, 'careledger.example/log/2', log.publicJwk)).rejects.toThrow(invalid)
    await expect(verifyCheckpoint(note, origin, witness.publicJwk)).rejects.toThrow(invalid)
    await expect(verifyCheckpoint(note.replace('\n42\n', '\n43\n'), origin, log.publicJwk)).rejects.toThrow(invalid)
    await expect(verifyCheckpoint(note.replace(toBase64(root), toBase64(sha256(root))), origin, log.publicJwk)).rejects.toThrow(invalid)
  })

  test('is signed by an Ed25519 key only', async () => {
    await expect(signCheckpoint(checkpointBody({ origin, size: 42, root }), es256Signer(3))).rejects.toThrow(expect.objectContaining({ code: 'KEY_INVALID' }))
  })

  test("needs exactly one line of the log's", async () => {
    const line = note.slice(note.indexOf('\u2014'))
    await expect(verifyCheckpoint(note + line, origin, log.publicJwk)).rejects.toThrow(invalid)
    const cosigned = await cosignCheckpoint(note, 'witness.example/a', witness, 1000)
    await expect(verifyCheckpoint(cosigned.replace(line, ''), origin, log.publicJwk)).rejects.toThrow(invalid)
  })

  test.each([
    ['without signatures', (text: string) => text.slice(0, text.indexOf('\u2014'))],
    ['without the empty line', (text: string) => text.replace('\n\n', '\n')],
    ['without the last line feed', (text: string) => text.slice(0, -1)],
    ['with an extension line', (text: string) => text.replace('\n\n', '\nextension\n\n')],
    ['with a size of another form', (text: string) => text.replace('\n42\n', '\n042\n')],
    ['with a size beyond 2^53-1', (text: string) => text.replace('\n42\n', '\n9007199254740992\n')],
    ['with carriage returns', (text: string) => text.replaceAll('\n', '\r\n')],
    ['with a hyphen for the dash', (text: string) => text.replace('\u2014', '-')],
    ['with two spaces', (text: string) => text.replace('\u2014 ', '\u2014  ')],
    ['with an empty signature line', (text: string) => `${text}\n`],
    ['with a signature that is not base64', (text: string) => `${text}\u2014 a %%%%\n`],
    ['with a signature that is too short', (text: string) => `${text}\u2014 a AAAA\n`],
    ['with too many signatures', (text: string) => text + '\u2014 a AAAAAAAA\n'.repeat(256)],
    ['that is too long', (text: string) => `${text}\u2014 a ${'A'.repeat(70_000)}\n`],
    ['that is empty', () => ''],
  ])('%s is refused', (_, change) => {
    expect(() => parseCheckpoint(change(note))).toThrow(malformed)
  })

  test.each([{ origin: 'a b' }, { origin: 'a+b' }, { origin: '' }, { origin: 'a\nb' }, { size: -1 }, { size: 1.5 }, { root: new Uint8Array(31) }])('is not written with %j', (change) => {
    expect(() => checkpointBody({ origin, size: 42, root, ...change })).toThrow(malformed)
  })

  test('gives one ledger record for each size, the same whatever cosignatures came', async () => {
    const cosigned = await cosignCheckpoint(note, 'witness.example/a', witness, 1000)
    expect(fromUtf8(checkpointLedgerData(cosigned, log.publicJwk))).toBe(note)
    expect(checkpointRecordId(origin, 42).length).toBe(16)
    expect(new Set([checkpointRecordId(origin, 42), checkpointRecordId(origin, 43), checkpointRecordId('other', 42)].map(toHex)).size).toBe(3)
  })
})

describe('cosignatures', () => {
  test('count for pinned witnesses, with their time', async () => {
    const cosigned = await cosignCheckpoint(await cosignCheckpoint(note, 'witness.example/a', witness, new Date(1_000_500)), 'witness.example/b', second, 2000)
    expect(await verifyCosignatures(cosigned, witnesses)).toEqual([{ name: 'witness.example/a', time: new Date(1_000_000) }, { name: 'witness.example/b', time: new Date(2_000_000) }])
    await verifyCheckpoint(cosigned, origin, log.publicJwk)
  })

  test('of strangers, under another name, of another time or of another checkpoint do not count', async () => {
    const cosigned = await cosignCheckpoint(note, 'witness.example/a', witness, 1000)
    expect(await verifyCosignatures(cosigned, [witnesses[1]!])).toEqual([])
    expect(await verifyCosignatures(cosigned, [{ name: 'witness.example/c', key: witness.publicJwk }])).toEqual([])
    expect(await verifyCosignatures(cosigned.replace('\n42\n', '\n43\n'), witnesses)).toEqual([])
    const line = parseCheckpoint(cosigned).signatures[1]!
    const later = toBase64(Buffer.concat([line.keyId, u64(1001), line.bytes.subarray(8)]))
    expect(await verifyCosignatures(`${note}\u2014 witness.example/a ${later}\n`, witnesses)).toEqual([])
  })

  test("by a log's line do not count, nor a log's signature by a cosigner's", async () => {
    expect(await verifyCosignatures(note, [{ name: origin, key: log.publicJwk }])).toEqual([])
    const posing = await cosignCheckpoint(note, origin, witness, 1000)
    await expect(verifyCheckpoint(posing, origin, witness.publicJwk)).rejects.toThrow(invalid)
  })

  test('of one key count once, whatever it is called and however often it signed', async () => {
    const twice = await cosignCheckpoint(await cosignCheckpoint(note, 'witness.example/a', witness, 2000), 'witness.example/a', witness, 1000)
    expect(await verifyCosignatures(twice, [witnesses[0]!, witnesses[0]!])).toEqual([{ name: 'witness.example/a', time: new Date(1_000_000) }])
    const named = await cosignCheckpoint(twice, 'witness.example/b', witness, 1000)
    expect((await verifyCosignatures(named, [witnesses[0]!, { name: 'witness.example/b', key: witness.publicJwk }])).length).toBe(1)
  })
})

test('a cosignature line with a time beyond all calendars is skipped, and the good one beside it counts', async () => {
  const good = await cosignCheckpoint(note, 'witness.example/a', witness, 1000)
  const { keyId } = parseCheckpoint(good).signatures[1]!
  const endless = `\u2014 witness.example/a ${toBase64(Buffer.concat([keyId, Buffer.alloc(72, 255)]))}\n`
  expect(await verifyCosignatures(good + endless, witnesses)).toEqual([{ name: 'witness.example/a', time: new Date(1_000_000) }])
})
