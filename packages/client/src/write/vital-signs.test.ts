import { describe, expect, it } from 'vitest'
import { isDecimal } from './exact-json.ts'
import { VITAL_SIGNS, vitalChange } from './vital-signs.ts'

describe('a typed vital sign', () => {
  it('shows its change with the digits of the finer value', () => {
    expect([vitalChange('82.4', '82'), vitalChange('82', '82.40'), vitalChange('82.0', '82'), vitalChange('x', '82'), vitalChange('82', undefined)]).toEqual(['+0.4', '−0.40', '0.0', undefined, undefined])
  })

  it('is a decimal number with a point', () => {
    expect([isDecimal('36.50'), isDecimal('-1'), isDecimal('82,4'), isDecimal('')]).toEqual([true, true, false, false])
  })

  it('has a code of its own', () => {
    expect(new Set(VITAL_SIGNS.map(({ code }) => code)).size).toBe(VITAL_SIGNS.length)
  })
})
