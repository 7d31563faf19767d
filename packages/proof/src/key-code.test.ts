import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyCode, readKeyCode } from './key-code.ts'

describe('the code of a key', () => {
  it('is the first sixty bits of a hash of the thumbprint, and reads the same however it is typed', () => {
    fc.assert(fc.property(fc.string({ minLength: 43, maxLength: 43 }), (thumbprint) => {
      const bits = createHash('sha256').update(`careledger/v1/key-code|${thumbprint}`).digest().readBigUInt64BE(0) >> 4n
      const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
      const code = Array.from({ length: 12 }, (_, place) => digits[Number((bits >> BigInt(55 - 5 * place)) & 31n)]).join('')
      expect(keyCode(thumbprint).replaceAll('-', '')).toBe(code)
      expect(readKeyCode(` ${code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')} `)).toBe(keyCode(thumbprint))
    }), { numRuns: 100 })
    expect(readKeyCode('abc')).toBe('ABC')
  })
})
