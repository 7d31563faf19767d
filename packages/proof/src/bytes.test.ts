import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, equalBytes, fromBase64, fromBase64url, fromHex, fromUtf8, isProofError, lp, randomBytes, readU64, toBase64, toBase64url, toHex, u64, utf8 } from './index.ts'

const bytes = fc.uint8Array({ maxLength: 70 })
const refuses = (read: () => unknown): boolean => {
  try {
    read()
    return false
  } catch (error) {
    return isProofError(error, 'MALFORMED')
  }
}

describe('base64url, base64 and hex', () => {
  test('agree with Node for every array', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const buffer = Buffer.from(value)
        expect([toBase64url(value), toBase64(value), toHex(value)]).toEqual([buffer.toString('base64url'), buffer.toString('base64'), buffer.toString('hex')])
        expect([fromBase64url(toBase64url(value)), fromBase64(toBase64(value)), fromHex(toHex(value))]).toEqual([value, value, value])
      }),
    )
  })

  test('read one text only for each value', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'AQgwZz09-_+/= \u0100'), maxLength: 9 }), (text) => refuses(() => fromBase64url(text)) || toBase64url(fromBase64url(text)) === text))
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'AQgwZz09-_+/= \u0100'), maxLength: 9 }), (text) => refuses(() => fromBase64(text)) || toBase64(fromBase64(text)) === text))
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'09afAFgG '), maxLength: 9 }), (text) => refuses(() => fromHex(text)) || toHex(fromHex(text)) === text))
  })

  test.each(['A', 'AB', 'AAB', 'AA==', 'A+', 'A/', 'AA\n', 'ÄA'])('base64url refuses %j', (text) => {
    expect(refuses(() => fromBase64url(text))).toBe(true)
  })

  test('carry a mebibyte', () => {
    const large = randomBytes(1_048_577)
    expect(equalBytes(fromBase64url(toBase64url(large)), large)).toBe(true)
  })
})

describe('utf8', () => {
  test('goes there and back for every text without lone surrogates, and refuses the others', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => fromUtf8(utf8(text)) === text))
    expect(refuses(() => utf8('a\ud800'))).toBe(true)
    expect(refuses(() => fromUtf8(Uint8Array.of(0xff)))).toBe(true)
  })

  test('keeps a byte order mark', () => {
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf))).toBe('\ufeff')
  })
})

describe('u64 and lp', () => {
  test('write what a DataView writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const expected = new Uint8Array(8)
        new DataView(expected.buffer).setBigUint64(0, BigInt(value))
        expect(u64(value)).toEqual(expected)
        expect(readU64(expected)).toBe(value)
      }),
    )
    expect(lp(utf8('ab'))).toEqual(concat(u64(2), utf8('ab')))
  })

  test.each([-1, 1.5, 2 ** 53, NaN])('u64 refuses %d', (value) => {
    expect(() => u64(value)).toThrow(TypeError)
  })

  test('reading refuses integers above 2^53-1, and too few bytes', () => {
    expect(refuses(() => readU64(Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0)))).toBe(true)
    expect(refuses(() => readU64(new Uint8Array(7)))).toBe(true)
  })
})
