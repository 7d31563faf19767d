import { describe, expect, test } from 'vitest'
import {
  checkSalt, CHUNK_BYTES, chunkCount, commit, equalBytes, newSalt, openCommitment, openingFromJson, openingToJson, parseSealedPlaintext, randomBytes, seal, sealAad, sealChunks, sealedPlaintext, SEAL_OVERHEAD_BYTES, sha256, toBase64url, unseal, unsealChunks, utf8,
} from './index.ts'

const opening = { salt: newSalt(), mediaType: 'application/fhir+json', payload: utf8('{"value":1.10}') }
const mismatch = expect.objectContaining({ code: 'COMMITMENT_MISMATCH' }) as Error

describe('a commitment', () => {
  test('opens with the payload, and with its hash alone', () => {
    expect(() => openCommitment(commit(opening), opening)).not.toThrow()
    expect(() => openCommitment(toBase64url(commit(opening)), { salt: opening.salt, mediaType: opening.mediaType, payloadHash: sha256(opening.payload) })).not.toThrow()
  })

  test.each([
    ['other bytes', { payload: utf8('{"value":1.1}') }],
    ['another media type', { mediaType: 'application/json' }],
    ['another salt', { salt: newSalt() }],
  ])('does not open with %s', (_, change) => {
    expect(() => openCommitment(commit(opening), { ...opening, ...change })).toThrow(mismatch)
  })

  test.each([
    ['a short salt', { salt: new Uint8Array(31) }],
    ['a media type without slash', { mediaType: 'json' }],
    ['a media type in capitals', { mediaType: 'Application/json' }],
    ['a media type with a line feed', { mediaType: 'application/json\n' }],
    ['a media type that is too long', { mediaType: `a/${'b'.repeat(127)}` }],
  ])('refuses %s', (_, change) => {
    expect(() => commit({ ...opening, ...change })).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
  })

  test('takes a media type with parameters', () => {
    expect(commit({ ...opening, mediaType: 'application/fhir+json; fhirVersion=4.0' }).length).toBe(32)
  })

  test('a server refuses a salt of equal bytes', () => {
    expect(() => checkSalt(new Uint8Array(32).fill(9))).toThrow(expect.objectContaining({ code: 'SALT_WEAK' }))
    expect(() => checkSalt(newSalt())).not.toThrow()
  })

  test('travels as JSON', () => {
    expect(openingFromJson(openingToJson(opening) as never)).toEqual(opening)
    const hash = { salt: opening.salt, mediaType: opening.mediaType, payloadHash: sha256(opening.payload) }
    expect(openingFromJson(openingToJson(hash) as never)).toEqual(hash)
    const json = openingToJson(opening)
    for (const change of [{ sha256: toBase64url(sha256(opening.payload)) }, { extra: 1 }, { salt: 'AA' }, { payload: '=' }]) {
      expect(() => openingFromJson({ ...json, ...change } as never)).toThrow(expect.objectContaining({ name: 'ProofError' }))
    }
  })
})

describe('sealing', () => {
  const key = randomBytes(32)
  const entry = { id: '01890a5d-ac96-774b-bcce-b302099a8057', subject: toBase64url(randomBytes(32)), custodian: 'org-1' }
  const aad = sealAad(entry)
  const fails = expect.objectContaining({ code: 'UNSEAL_FAILED' }) as Error

  test('gives back salt, media type and bytes', async () => {
    const sealed = await seal(key, sealedPlaintext(opening), aad)
    expect(parseSealedPlaintext(await unseal(key, sealed, aad))).toEqual(opening)
  })

  test('is bound to entry, subject and custodian', async () => {
    const sealed = await seal(key, sealedPlaintext(opening), aad)
    for (const change of [{ id: '01890a5d-ac96-774b-bcce-b302099a8058' }, { subject: undefined }, { custodian: 'org-2' }]) await expect(unseal(key, sealed, sealAad({ ...entry, ...change }))).rejects.toThrow(fails)
    await expect(unseal(randomBytes(32), sealed, aad)).rejects.toThrow(fails)
    await expect(unseal(key, sealed.subarray(0, 27), aad)).rejects.toThrow(fails)
  })

  test('notices any single changed byte', async () => {
    const sealed = await seal(key, utf8('abc'), aad)
    for (let index = 0; index < sealed.length; index++) {
      const changed = Uint8Array.from(sealed, (byte, at) => (at === index ? byte ^ 1 : byte))
      await expect(unseal(key, changed, aad)).rejects.toThrow(fails)
    }
  })

  test('takes a fresh nonce each time', async () => {
    const [one, two] = [await seal(key, utf8('abc'), aad), await seal(key, utf8('abc'), aad)]
    expect(equalBytes(one.subarray(0, 12), two.subarray(0, 12))).toBe(false)
  })

  test.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES + 7])('in chunks gives back %d bytes', async (length) => {
    const plaintext = randomBytes(length)
    const sealed = await sealChunks(key, plaintext, aad)
    expect(sealed.length).toBe(length + chunkCount(length) * SEAL_OVERHEAD_BYTES)
    expect(equalBytes(await unsealChunks(key, sealed, aad), plaintext)).toBe(true)
  })

  test('in chunks notices a chunk left out, moved, doubled, or passed off as a whole', async () => {
    const piece = CHUNK_BYTES + SEAL_OVERHEAD_BYTES
    const sealed = await sealChunks(key, randomBytes(3 * CHUNK_BYTES), aad)
    const [one, two, three] = [0, 1, 2].map((chunk) => sealed.subarray(chunk * piece, (chunk + 1) * piece)) as [Uint8Array, Uint8Array, Uint8Array]
    for (const pieces of [[one, two], [two, three], [one, three, two], [one, two, two], [one, two, three, three], [one], []]) await expect(unsealChunks(key, Buffer.concat(pieces), aad)).rejects.toThrow(fails)
    const short = await sealChunks(key, utf8('abc'), aad)
    await expect(unseal(key, short, aad)).rejects.toThrow(fails)
    await expect(unsealChunks(key, await seal(key, utf8('abc'), aad), aad)).rejects.toThrow(fails)
  })

  test.each([
    ['cut short', (bytes: Uint8Array) => bytes.slice(0, -1)],
    ['with bytes after it', (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.of(0)])],
    ['with a length beyond its end', (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, at) => (at === 3 ? 255 : byte))],
    ['empty', () => new Uint8Array(0)],
  ])('refuses a plaintext %s', (_, change) => {
    expect(() => parseSealedPlaintext(change(sealedPlaintext(opening)))).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
  })
})
