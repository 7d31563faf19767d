import { readJson, utf8, fromUtf8 } from '@careledger/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimal, exactBytes, exactOf, isDecimal, type Exact, type ExactObject } from './exact-json.ts'

const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,9})(\.\d{1,9})?$/)
const leaf: fc.Arbitrary<Exact> = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), digits.map(decimal))
const { value } = fc.letrec<{ value: Exact }>((tie) => ({ value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(fc.string().filter((name) => name !== '__proto__'), tie('value'), { maxKeys: 4 })) }))
const object = fc.dictionary(fc.string().filter((name) => name !== '__proto__'), value, { maxKeys: 5 }) as fc.Arbitrary<ExactObject>

describe('exact JSON', () => {
  it('comes back byte for byte, whatever it holds', () => {
    fc.assert(fc.property(object, (resource) => {
      const bytes = exactBytes(resource)
      expect(fromUtf8(exactBytes(exactOf(readJson(bytes)) as ExactObject))).toBe(fromUtf8(bytes))
      expect(() => { JSON.parse(fromUtf8(bytes)) }).not.toThrow()
    }))
  })

  it('writes the digits that were typed, and leaves out what is undefined', () => {
    expect(fromUtf8(exactBytes({ value: decimal('36.50'), note: undefined, list: [decimal('-0.0')] }))).toBe('{"value":36.50,"list":[-0.0]}')
    expect(fromUtf8(exactBytes(exactOf(readJson(utf8('{ "value": 1.10, "e": 1E+3 }'))) as ExactObject))).toBe('{"value":1.10,"e":1E+3}')
  })

  it('takes no number that JSON does not write so', () => {
    for (const text of ['', '1,5', '01', '.5', '5.', '1e3', '+1', ' 1', 'NaN', '٣', '1'.repeat(19)]) expect([text, isDecimal(text)]).toEqual([text, false])
    expect(() => decimal('1,5')).toThrow(TypeError)
  })
})
