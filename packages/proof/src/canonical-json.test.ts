import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import canonicalizeOther from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalBytes, canonicalize, CANONICAL_DEPTH_MAX, fromUtf8, isProofError, parseCanonical, utf8, type JsonValue, type ProofErrorCode } from './index.ts'

const cases = `${process.env['CARELEDGER_CASES'] ?? fileURLToPath(new URL('../../../../shared/cases', import.meta.url))}/jcs-rfc8785/testdata`

const refusal = (text: string | Uint8Array): ProofErrorCode | undefined => {
  try {
    parseCanonical(typeof text === 'string' ? new TextEncoder().encode(text) : text)
    return undefined
  } catch (error) {
    if (!isProofError(error)) throw error
    return error.code
  }
}

/** Values that may be hashed. */
const hashed = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, fc.string({ unit: 'binary' }), fc.maxSafeNat(), fc.boolean(), fc.array(tie('value'), { maxLength: 5 }), fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 6 })),
})).value as fc.Arbitrary<JsonValue>

describe('canonicalize', () => {
  test.skipIf(!existsSync(cases)).each(existsSync(cases) ? readdirSync(`${cases}/input`) : ['cases jcs-rfc8785 are missing'])('writes the RFC 8785 test data: %s', (name) => {
    const value = JSON.parse(readFileSync(`${cases}/input/${name}`, 'utf8')) as JsonValue
    const expected = readFileSync(`${cases}/outhex/${name.replace('.json', '.txt')}`, 'utf8').replaceAll(/\s/g, '')
    expect(Buffer.from(canonicalize(value)).toString('hex')).toBe(expected)
  })

  test('writes every JSON value as the package `canonicalize` does', () => {
    fc.assert(fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => canonicalize(value as JsonValue) === canonicalizeOther(value)), { numRuns: 1000 })
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => canonicalize(value) === canonicalizeOther(value)), { numRuns: 1000 })
  })

  test('leaves out members that are undefined', () => {
    expect(canonicalize({ b: undefined, a: 1 })).toBe('{"a":1}')
  })

  test('sorts by UTF-16 code units, not by code points', () => {
    expect(canonicalize({ '\ufb33': 1, '\u{1f600}': 2 })).toBe('{"\u{1f600}":2,"\ufb33":1}')
  })

  test('refuses lone surrogates, numbers that are not finite, and what is not JSON', () => {
    expect(() => canonicalize('\ud800')).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
    expect(() => canonicalize({ ['\udc00']: 1 })).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
    expect(() => canonicalize(Infinity)).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
    expect(() => canonicalize(1n as never)).toThrow(TypeError)
  })

  test('refuses circles and depth instead of overflowing the stack', () => {
    const circle: unknown[] = []
    circle.push(circle)
    expect(() => canonicalize(circle as never)).toThrow(expect.objectContaining({ code: 'TOO_DEEP' }))
  })
})

describe('canonicalBytes', () => {
  test.each([null, -1, 1.5, 2 ** 53, NaN, [{ a: null }]])('refuses what is never hashed: %j', (value) => {
    expect(() => canonicalBytes(value as never)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }))
  })
})

describe('parseCanonical', () => {
  test('gives back what was written', () => {
    fc.assert(fc.property(hashed, (value) => fromUtf8(canonicalBytes(parseCanonical(canonicalBytes(value as never)) as never)) === canonicalize(value)))
  })

  test('accepts a text only if it is byte-equal to its canonical form, whatever the text', () => {
    const almost = fc.tuple(hashed, fc.nat(), fc.constantFrom('', ' ', '\n', '0', '"', ',', '{', '}', '\\', '\u0000', '1e0', 'null', '\ufeff')).map(([value, at, piece]) => {
      const text = canonicalize(value)
      const place = at % (text.length + 1)
      return text.slice(0, place) + piece + text.slice(place)
    })
    fc.assert(
      fc.property(fc.oneof(almost, fc.string(), fc.json()), (text) => {
        if (!text.isWellFormed() || refusal(text) !== undefined) return true
        return canonicalizeOther(JSON.parse(text)) === text
      }),
      { numRuns: 3000 },
    )
  })

  test.each([
    ['white space', '{"a": 1}', 'NOT_CANONICAL'],
    ['a line feed at the end', '{"a":1}\n', 'NOT_CANONICAL'],
    ['another order', '{"b":1,"a":1}', 'NOT_CANONICAL'],
    ['a member twice', '{"a":1,"a":1}', 'DUPLICATE_MEMBER'],
    ['a member twice, spelled differently', '{"a":1,"\\u0061":1}', 'DUPLICATE_MEMBER'],
    ['null', '{"a":null}', 'NOT_CANONICAL'],
    ['a fraction', '[1.5]', 'NOT_CANONICAL'],
    ['a fraction that is an integer', '[1.0]', 'NOT_CANONICAL'],
    ['an exponent', '[1e2]', 'NOT_CANONICAL'],
    ['minus', '[-1]', 'NOT_CANONICAL'],
    ['minus zero', '[-0]', 'NOT_CANONICAL'],
    ['2^53', '[9007199254740992]', 'NOT_CANONICAL'],
    ['2^53+1, which rounds', '[9007199254740993]', 'NOT_CANONICAL'],
    ['an escape that is not needed', '"\\u0041"', 'NOT_CANONICAL'],
    ['an escaped solidus', '"\\/"', 'NOT_CANONICAL'],
    ['a lone surrogate, escaped', '"\\ud800"', 'MALFORMED'],
    ['two values', '1 1', 'MALFORMED'],
    ['nothing', '', 'MALFORMED'],
    ['a byte order mark', new Uint8Array([0xef, 0xbb, 0xbf, 0x31]), 'MALFORMED'],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'MALFORMED'],
    ['a surrogate in UTF-8', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), 'MALFORMED'],
    ['an overlong form', new Uint8Array([0x22, 0xc0, 0xaf, 0x22]), 'MALFORMED'],
    ['depth', '['.repeat(100) + ']'.repeat(100), 'TOO_DEEP'],
    ['very much depth', '['.repeat(200_000), 'TOO_DEEP'],
  ] as const)('refuses %s', (_, text, code) => {
    expect(refusal(text)).toBe(code)
  })

  test('takes exactly the allowed depth', () => {
    const text = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(refusal(text(CANONICAL_DEPTH_MAX))).toBeUndefined()
    expect(refusal(text(CANONICAL_DEPTH_MAX + 1))).toBe('TOO_DEEP')
  })

  test('keeps a member named __proto__ as a member', () => {
    expect(refusal('{"__proto__":1}')).toBeUndefined()
    expect(Object.keys(parseCanonical(utf8('{"__proto__":{"a":1}}')) as object)).toEqual(['__proto__'])
  })

  test('says where', () => {
    expect(() => parseCanonical(utf8('{"a":{"b":1,"b":2}}'))).toThrow(expect.objectContaining({ details: { offset: 12, path: 'a.b' } }))
  })
})
