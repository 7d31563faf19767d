import { createHmac, verify as nodeVerify } from 'node:crypto'
import { ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { ed25519Signer, es256Signer } from './__fixtures__/test-keys.ts'
import { testEntry } from './__fixtures__/test-log.ts'
import {
  BATCH_COUNT_MAX, canonicalize, concat, createSigner, entryBytes, entrySignatureBytes, fromBase64url, fromHex, fromUtf8, generateSigningKey, isBatchSignature, jwkThumbprint, parseEntrySignature, publicKeyProblem, signatureClaim, signatureHash, signatureProblem, signEntries,
  signEntry, toBase64url, toHex, toPublicJwk, utf8, verifyEntrySignature, verifySignature, type BatchSignature, type Entry, type EntrySignature, type PublicJwk, type Signer,
} from './index.ts'

let edward: Signer
let other: Signer
const petra = es256Signer(3)
beforeAll(async () => {
  edward = await ed25519Signer(7)
  other = await ed25519Signer(8)
})
const entryBy = (signer: Signer, n = 1): Entry => testEntry(n, signer, 'party-1', { network: 'hospital', type: 'stock-counted', custodian: 'org-1' }).entry

const refusal = async (entry: Entry, signature: EntrySignature, jwk: PublicJwk): Promise<string | undefined> => {
  try {
    await verifyEntrySignature(entry, signature, jwk)
    return undefined
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return `${code}: ${message}`
  }
}
/** The signature with another header, signed again where a key can. */
const withHeader = async (signature: EntrySignature, header: object | string, signer?: Signer, payload?: Uint8Array): Promise<EntrySignature> => {
  const text = toBase64url(utf8(typeof header === 'string' ? header : canonicalize(header)))
  const tail = signer === undefined ? signature.jws.split('..')[1]! : toBase64url(await signer.sign(utf8(`${text}.${toBase64url(payload!)}`)))
  return { ...signature, jws: `${text}..${tail}` }
}
const withSignature = (jws: string, bytes: Uint8Array): EntrySignature => ({ jws: `${jws.split('..')[0]!}..${toBase64url(bytes)}` })
const signatureOf = ({ jws }: EntrySignature): Uint8Array => fromBase64url(jws.split('..')[1]!)

describe('one signature', () => {
  test.each(['EdDSA', 'ES256'] as const)('of a fresh unextractable %s key verifies, by WebCrypto and by node:crypto', async (algorithm) => {
    const { privateKey, publicJwk } = await generateSigningKey(algorithm)
    const signer = createSigner(privateKey, publicJwk)
    const entry = entryBy(signer)
    const signature = await signEntry(entry, signer)
    await verifyEntrySignature(entry, signature, publicJwk)
    await verifyEntrySignature(entry, signature, publicJwk, (_, jwk, message, bytes) =>
      jwk.kty === 'OKP' ? nodeVerify(null, message, { key: jwk as never, format: 'jwk' }, bytes) : nodeVerify('sha256', message, { key: jwk as never, format: 'jwk', dsaEncoding: 'ieee-p1363' } as never, bytes),
    )
    expect(privateKey.extractable).toBe(false)
  })

  test('of another entry, by another key, or with another author is refused', async () => {
    const signature = await signEntry(entryBy(edward), edward)
    expect(await refusal(entryBy(edward, 2), signature, edward.publicJwk)).toContain('does not hold')
    expect(await refusal(entryBy(edward), signature, other.publicJwk)).toContain('not the one the author names')
    const posing = { ...entryBy(edward), author: { party: 'party-1', key: other.key } }
    expect(await refusal(posing, signature, other.publicJwk)).toContain('another key than the author')
  })

  test('is not made for an author of another key', async () => {
    await expect(signEntry(entryBy(edward), other)).rejects.toThrow(TypeError)
  })

  test('ES256 holds with low and with high s', async () => {
    const entry = entryBy(petra)
    const signature = await signEntry(entry, petra)
    const [r, s] = [signatureOf(signature).slice(0, 32), BigInt(`0x${toHex(signatureOf(signature).slice(32))}`)]
    const mirrored = concat(r, fromHex((p256.Point.Fn.ORDER - s).toString(16).padStart(64, '0')))
    expect(await refusal(entry, signature, petra.publicJwk)).toBeUndefined()
    expect(await refusal(entry, withSignature(signature.jws, mirrored), petra.publicJwk)).toBeUndefined()
  })
})

describe('the header is refused', () => {
  const good = (signer: Signer) => ({ alg: signer.algorithm, kid: signer.key, typ: 'careledger-entry+jws' })
  const cases: readonly (readonly [string, (signer: Signer) => object | string, string])[] = [
    ['with alg none', (signer) => ({ ...good(signer), alg: 'none' }), 'another algorithm'],
    ['with alg HS256, keyed with the public key', (signer) => ({ ...good(signer), alg: 'HS256' }), 'another algorithm'],
    ['with alg ES256 for an Ed25519 key', (signer) => ({ ...good(signer), alg: 'ES256' }), 'another algorithm'],
    ['with alg Ed25519, the newer name', (signer) => ({ ...good(signer), alg: 'Ed25519' }), 'another algorithm'],
    ['without alg', (signer) => ({ kid: signer.key, typ: 'careledger-entry+jws' }), 'another algorithm'],
    ['with the type of a batch', (signer) => ({ ...good(signer), typ: 'careledger-batch+jws' }), 'another type'],
    ['with the type of a token', (signer) => ({ ...good(signer), typ: 'at+jwt' }), 'another type'],
    ['with another kid', (signer) => ({ ...good(signer), kid: petra.key }), 'another key'],
    ['with crit', (signer) => ({ ...good(signer), crit: ['exp'] }), 'other than alg, kid and typ'],
    ['with jwk', (signer) => ({ ...good(signer), jwk: signer.publicJwk }), 'other than alg, kid and typ'],
    ['with jku', (signer) => ({ ...good(signer), jku: 'https://example.org/keys' }), 'other than alg, kid and typ'],
    ['with x5c', (signer) => ({ ...good(signer), x5c: ['AA'] }), 'other than alg, kid and typ'],
    ['with x5u', (signer) => ({ ...good(signer), x5u: 'https://example.org/' }), 'other than alg, kid and typ'],
    ['with b64 false', (signer) => ({ ...good(signer), b64: false, crit: ['b64'] }), 'other than alg, kid and typ'],
    ['with alg twice', (signer) => `{"alg":"EdDSA","alg":"EdDSA","kid":"${signer.key}","typ":"careledger-entry+jws"}`, 'distinct members'],
    ['in another order', (signer) => `{"kid":"${signer.key}","alg":"EdDSA","typ":"careledger-entry+jws"}`, 'canonical form'],
    ['with white space', (signer) => `{"alg": "EdDSA","kid":"${signer.key}","typ":"careledger-entry+jws"}`, 'canonical form'],
    ['as an array', () => '["EdDSA"]', 'not JSON'],
    ['as no JSON', () => 'EdDSA', 'not JSON'],
  ]
  test.each(cases)('%s, even when the key signed it so', async (_, header, reason) => {
    const entry = entryBy(edward)
    const signature = await signEntry(entry, edward)
    const signed = await withHeader(signature, header(edward), edward, entryBytes(entry))
    expect(await refusal(entry, signed, edward.publicJwk)).toContain('SIGNATURE_INVALID')
    expect(await refusal(entry, signed, edward.publicJwk)).toContain(reason)
  })

  test('when an HMAC by the public key stands where the signature should', async () => {
    const entry = entryBy(edward)
    const header = toBase64url(utf8(canonicalize({ ...good(edward), alg: 'HS256' })))
    const mac = createHmac('sha512', fromBase64url(edward.publicJwk.x)).update(`${header}.${toBase64url(entryBytes(entry))}`).digest()
    expect(await refusal(entry, { jws: `${header}..${toBase64url(mac)}` }, edward.publicJwk)).toContain('another algorithm')
  })

  test.each([
    ['with the payload inside', (jws: string) => jws.replace('..', `.${toBase64url(utf8('{}'))}.`)],
    ['without a signature', (jws: string) => `${jws.split('..')[0]!}..`],
    ['with a signature of 63 bytes', (jws: string) => jws.slice(0, -2)],
    ['with padding', (jws: string) => `${jws}==`],
    ['with a line feed', (jws: string) => `${jws}\n`],
    ['that is too long', (jws: string) => `${'A'.repeat(1000)}${jws}`],
    ['with unused bits', (jws: string) => `${jws.slice(0, -1)}${jws.endsWith('A') ? 'B' : String.fromCharCode(jws.charCodeAt(jws.length - 1) + 1)}`],
  ])('of a JWS %s', async (_, change) => {
    const entry = entryBy(edward)
    const { jws } = await signEntry(entry, edward)
    expect(await refusal(entry, { jws: change(jws) }, edward.publicJwk)).toContain('SIGNATURE_INVALID')
  })
})

describe('signature bytes are refused', () => {
  const order = (1n << 252n) + 27742317777372353535851937790883648493n
  const little = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, '0')).reverse()
  const value = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`)

  test('when S is L or more, though the equation would hold', async () => {
    const entry = entryBy(edward)
    const signature = await signEntry(entry, edward)
    const bytes = signatureOf(signature)
    const raised = concat(bytes.slice(0, 32), little(value(bytes.slice(32)) + order))
    expect(await refusal(entry, withSignature(signature.jws, raised), edward.publicJwk)).toContain('S is not below')
  })

  test.each([
    ['R is of small order', concat(fromHex('0100000000000000000000000000000000000000000000000000000000000000'), new Uint8Array(32))],
    ['R is not canonical', concat(fromHex(`ed${'ff'.repeat(30)}7f`), new Uint8Array(32).fill(1))],
  ])('when %s', async (_, bytes) => {
    const entry = entryBy(edward)
    expect(await refusal(entry, withSignature((await signEntry(entry, edward)).jws, bytes), edward.publicJwk)).toContain('SIGNATURE_INVALID')
  })

  const n = p256.Point.Fn.ORDER
  const big = (number: bigint): Uint8Array => fromHex(number.toString(16).padStart(64, '0'))
  test.each([
    ['r is 0', concat(big(0n), big(1n))],
    ['s is 0', concat(big(1n), big(0n))],
    ['r is n', concat(big(n), big(1n))],
    ['s is n', concat(big(1n), big(n))],
    ['r and s are 0 (CVE-2022-21449)', new Uint8Array(64)],
  ])('when %s', async (_, bytes) => {
    const entry = entryBy(petra)
    expect(await refusal(entry, withSignature((await signEntry(entry, petra)).jws, bytes), petra.publicJwk)).toContain('between 1 and n-1')
    expect(await verifySignature('ES256', petra.publicJwk, utf8('x'), bytes)).toBe(false)
  })

  test('when the algorithm asked for is not the one of the key', () => {
    expect(signatureProblem('ES256', edward.publicJwk, new Uint8Array(64))).toContain('algorithm')
    expect(signatureProblem('EdDSA', petra.publicJwk, new Uint8Array(64))).toContain('algorithm')
  })
})

describe('public keys are refused', () => {
  const okp = (hex: string): PublicJwk => ({ kty: 'OKP', crv: 'Ed25519', x: toBase64url(fromHex(hex)) })
  test.each([
    ...ED25519_TORSION_SUBGROUP.map((hex, index): [string, string] => [`of small order ${index}`, hex]),
    ['that is not canonical (p)', `ed${'ff'.repeat(30)}7f`],
    ['that is not canonical (p+1)', `ee${'ff'.repeat(30)}7f`],
    ['that is not canonical (2^255-1)', `${'ff'.repeat(31)}7f`],
  ])('Ed25519 %s', (_, hex) => {
    expect(publicKeyProblem(okp(hex))).toBeDefined()
    expect(() => jwkThumbprint(okp(hex))).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }))
  })

  test('P-256 off its curve, or beyond its prime', () => {
    const { x } = petra.publicJwk
    expect(publicKeyProblem({ kty: 'EC', crv: 'P-256', x, y: x })).toContain('not on P-256')
    expect(publicKeyProblem({ kty: 'EC', crv: 'P-256', x: toBase64url(new Uint8Array(32)), y: toBase64url(new Uint8Array(32)) })).toContain('not on P-256')
    expect(publicKeyProblem({ kty: 'EC', crv: 'P-256', x: toBase64url(new Uint8Array(32).fill(255)), y: x })).toContain('prime')
  })

  test.each([
    ['with a private member', { d: 'AA' }, 'UNKNOWN_MEMBER'],
    ['with alg', { alg: 'EdDSA' }, 'UNKNOWN_MEMBER'],
    ['of another curve', { crv: 'X25519' }, 'MALFORMED'],
    ['of another type', { kty: 'oct' }, 'MALFORMED'],
    ['of 31 bytes', { x: 'A'.repeat(42) }, 'MALFORMED'],
  ])('%s', (_, change, code) => {
    expect(() => toPublicJwk({ ...edward.publicJwk, ...change } as never)).toThrow(expect.objectContaining({ code }))
  })

  test('the keys in use are not', () => {
    expect(toPublicJwk({ ...edward.publicJwk })).toEqual(edward.publicJwk)
    expect(toPublicJwk({ ...petra.publicJwk } as never)).toEqual(petra.publicJwk)
  })
})

describe('a batch', () => {
  const batchOf = (count: number, signer: Signer) => Array.from({ length: count }, (_, n) => entryBy(signer, n))

  test.each([1, 2, 3, 7, 64, 100])('of %d verifies entry by entry with one claim', async (count) => {
    const entries = batchOf(count, petra)
    const signatures = await signEntries(entries, petra)
    const claims = entries.map((entry, index) => signatureClaim({ entry, signature: signatures[index]!, jwk: petra.publicJwk }))
    expect(new Set(claims.map(({ message, signature }) => `${fromUtf8(message)}${toHex(signature)}`)).size).toBe(1)
    await verifyEntrySignature(entries[count - 1]!, signatures[count - 1]!, petra.publicJwk)
    expect(new Set(signatures.map((signature) => toHex(signatureHash(signature)))).size).toBe(count)
  })

  test('of the largest size fits its form', async () => {
    const entries = batchOf(BATCH_COUNT_MAX, edward)
    const signatures = await signEntries(entries, edward)
    await verifyEntrySignature(entries[4095]!, signatures[4095]!, edward.publicJwk)
    expect(parseEntrySignature(entrySignatureBytes(signatures[4095]!))).toEqual(signatures[4095])
    await expect(signEntries([...entries, entryBy(edward, 5000)], edward)).rejects.toThrow(TypeError)
    await expect(signEntries([], edward)).rejects.toThrow(TypeError)
  })

  test('has one author', async () => {
    await expect(signEntries([entryBy(edward), entryBy(petra)], edward)).rejects.toThrow(TypeError)
    await expect(signEntries([entryBy(edward), { ...entryBy(edward, 2), author: { party: 'party-2', key: edward.key } }], edward)).rejects.toThrow(TypeError)
  })

  test.each([
    ['another place', (signature: BatchSignature) => ({ ...signature, index: 1 })],
    ['another count', (signature: BatchSignature) => ({ ...signature, count: 8 })],
    ['a place beyond the count', (signature: BatchSignature) => ({ ...signature, index: 7 })],
    ['a shorter path', (signature: BatchSignature) => ({ ...signature, path: signature.path.slice(1) })],
    ['a longer path', (signature: BatchSignature) => ({ ...signature, path: [...signature.path, signature.path[0]!] })],
    ['another path', (signature: BatchSignature) => ({ ...signature, path: signature.path.toReversed() })],
    ['no place at all', (signature: BatchSignature) => ({ jws: signature.jws })],
    ['count 0', (signature: BatchSignature) => ({ ...signature, index: 0, count: 0, path: [] })],
    ['too large a count', (signature: BatchSignature) => ({ ...signature, count: 4097 })],
  ])('with %s is refused', async (_, change) => {
    const entries = batchOf(7, edward)
    const signatures = await signEntries(entries, edward)
    expect(await refusal(entries[2]!, change(signatures[2]!), edward.publicJwk)).toContain('SIGNATURE_INVALID')
  })

  test('signature does not pass as a single one, nor a single one as a batch', async () => {
    const entry = entryBy(edward)
    const single = await signEntry(entry, edward)
    expect(await refusal(entry, { ...single, index: 0, count: 1, path: [] }, edward.publicJwk)).toContain('another type')
  })
})

describe('parseEntrySignature', () => {
  const parse = (value: object) => parseEntrySignature(utf8(canonicalize(value)))
  test('reads both forms', async () => {
    const single = await signEntry(entryBy(edward), edward)
    const [batch] = await signEntries([entryBy(edward)], edward)
    expect(parse(single)).toEqual(single)
    expect(isBatchSignature(parse(batch!))).toBe(true)
  })

  test.each([
    [{}, 'MISSING_MEMBER'],
    [{ jws: 'x' }, 'MALFORMED'],
    [{ header: 1 }, 'UNKNOWN_MEMBER'],
    [{ count: 1, index: 0 }, 'MISSING_MEMBER'],
    [{ count: 1, index: 1, path: [] }, 'MALFORMED'],
    [{ count: 0, index: 0, path: [] }, 'MALFORMED'],
    [{ count: 4097, index: 0, path: [] }, 'MALFORMED'],
    [{ count: 2, index: 0, path: ['x'] }, 'MALFORMED'],
    [{ count: 2, index: 0, path: Array.from({ length: 13 }, () => 'A'.repeat(43)) }, 'TOO_LARGE'],
    [{ index: 0 }, 'UNKNOWN_MEMBER'],
  ])('refuses %j', async (change, code) => {
    const { jws } = await signEntry(entryBy(edward), edward)
    expect(() => parse('header' in change || 'count' in change || 'index' in change ? { jws, ...change } : change)).toThrow(expect.objectContaining({ code }))
  })
})
