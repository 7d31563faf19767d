import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkDelta, type DeltaRule } from './delta-check.ts'
import { compareDecimals } from './exact-decimal.ts'
import { interpret, rangeConflicts, rangeFor, type ReferenceRange } from './reference-ranges.ts'

const potassium: ReferenceRange = { loinc: '2823-3', unit: 'mmol/L', low: '3.5', high: '5.1', criticalLow: '2.5', criticalHigh: '6.5' }
const haemoglobin: readonly ReferenceRange[] = [
  { loinc: '718-7', unit: 'g/dL', low: '11.0', high: '17.0' },
  { loinc: '718-7', unit: 'g/dL', sex: 'female', low: '12.0', high: '15.5' },
  { loinc: '718-7', unit: 'g/dL', untilDays: 30, low: '14.0', high: '22.0' },
  { loinc: '718-7', unit: 'g/dL', sex: 'male', fromDays: 6570, low: '13.5', high: '17.5' },
]
const day = '2026-11-26'

describe('a decimal', () => {
  it('is compared as it is written, beyond what a number can tell apart', () => {
    expect(compareDecimals('5.10', '5.1')).toBe(0)
    expect(compareDecimals('0.30000000000000001', '0.3')).toBe(1)
    expect(compareDecimals('-1', '0.5')).toBe(-1)
    fc.assert(fc.property(fc.integer(), fc.integer(), fc.nat(6), (one, other, places) => {
      const text = (value: number) => `${value < 0 ? '-' : ''}${(BigInt(Math.abs(value)) / 10n ** BigInt(places)).toString()}${places === 0 ? '' : `.${(BigInt(Math.abs(value)) % 10n ** BigInt(places)).toString().padStart(places, '0')}`}`
      expect(compareDecimals(text(one), text(other))).toBe(Math.sign(one - other))
    }))
    for (const wrong of ['', '1e3', '1,5', '.5', '+1', 'NaN']) expect(() => compareDecimals(wrong, '1')).toThrow(RangeError)
  })
})

describe('a reference range', () => {
  it('is the one that says most about the person on the day of the specimen', () => {
    const low = (person: Parameters<typeof rangeFor>[3], on = day) => rangeFor(haemoglobin, '718-7', 'g/dL', person, on)?.low
    expect(low({})).toBe('11.0')
    expect(low({ sex: 'female', birthDate: '1990-01-01' })).toBe('12.0')
    expect(low({ sex: 'male', birthDate: '1990-01-01' })).toBe('13.5')
    expect(low({ sex: 'male' })).toBe('11.0')
    expect(low({ sex: 'male', birthDate: '2026-11-01' })).toBe('14.0')
    expect(low({ sex: 'male', birthDate: '2026-10-27' })).toBe('11.0')
    expect(low({ sex: 'male', birthDate: '2026-10-28' })).toBe('14.0')
    expect(rangeFor(haemoglobin, '718-7', 'g/L', {}, day)).toBeUndefined()
  })

  it('gives each value its interpretation, at the limits too', () => {
    const table = ['2.4', '2.5', '2.50', '2.51', '3.49', '3.5', '5.1', '5.11', '6.49', '6.5', '6.6'].map((value) => interpret(value, potassium))
    expect(table).toEqual(['LL', 'LL', 'LL', 'L', 'L', 'N', 'N', 'H', 'H', 'HH', 'HH'])
    expect(interpret('4', { loinc: 'x', unit: 'y' })).toBeUndefined()
  })

  it('judges a value with a comparator only where its side decides', () => {
    expect(interpret('2.0', potassium, '<')).toBe('LL')
    expect(interpret('3.5', potassium, '<')).toBe('L')
    expect(interpret('4.0', potassium, '<')).toBeUndefined()
    expect(interpret('7.0', potassium, '>')).toBe('HH')
    expect(interpret('5.1', potassium, '>=')).toBeUndefined()
    expect(interpret('0.01', { loinc: '6598-7', unit: 'ug/L', high: '0.04' }, '<')).toBe('N')
    expect(interpret('90', { loinc: '33914-3', unit: 'mL/min/{1.73_m2}', low: '60' }, '>')).toBe('N')
  })

  it('is worse the farther a value lies out, never better', () => {
    const rank = { LL: -2, L: -1, N: 0, H: 1, HH: 2 } as const
    fc.assert(fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 1000 }), (one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)]
      const text = (value: number) => (value / 100).toFixed(2)
      expect(rank[interpret(text(low), potassium) as keyof typeof rank]).toBeLessThanOrEqual(rank[interpret(text(high), potassium) as keyof typeof rank])
    }))
  })

  it('list is refused where two hold for somebody alike, or limits are out of order', () => {
    expect(rangeConflicts(haemoglobin)).toEqual([])
    expect(rangeConflicts([...haemoglobin, { loinc: '718-7', unit: 'g/dL', fromDays: 10, untilDays: 60, low: '13' }])).toEqual([[2, 4]])
    expect(rangeConflicts([{ ...potassium, low: '5.2' }])).toEqual([[0]])
    expect(rangeConflicts([{ ...potassium, fromDays: 5, untilDays: 5 }])).toEqual([[0]])
  })
})

describe('a delta check', () => {
  const rule: DeltaRule = { loinc: '718-7', unit: 'g/dL', withinHours: 72, absolute: '2', percent: 20 }
  const at = (hours: number) => new Date(Date.UTC(2026, 10, 26) + hours * 3_600_000).toISOString()

  it('compares with the newest former value within its time', () => {
    const former = [{ value: '12.0', at: at(-71) }, { value: '13.0', at: at(-5) }, { value: '6.0', at: at(-80) }, { value: '1.0', at: at(3) }]
    expect(checkDelta(rule, { value: '12.6', at: at(0) }, former)).toEqual({ former: { value: '13.0', at: at(-5) }, change: -0.4, percent: expect.closeTo(-3.08, 2), exceeded: false })
    expect(checkDelta(rule, { value: '12.6', at: at(0) }, [{ value: '6.0', at: at(-73) }])).toBeUndefined()
  })

  it('is exceeded beyond every limit of the rule, and not at it', () => {
    const changed = (from: string, to: string, more: Partial<DeltaRule> = {}) => checkDelta({ ...rule, ...more }, { value: to, at: at(0) }, [{ value: from, at: at(-1) }])?.exceeded
    expect(changed('10', '13')).toBe(true)
    expect(changed('20', '23')).toBe(false)
    expect(changed('5', '6.9')).toBe(false)
    expect(changed('10', '12', { percent: undefined })).toBe(false)
    expect(changed('10', '12.01', { percent: undefined })).toBe(true)
    expect(changed('0', '0.1', { absolute: undefined })).toBe(true)
    expect(changed('10', '99', { absolute: undefined, percent: undefined })).toBe(false)
  })
})
