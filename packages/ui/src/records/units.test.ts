import { describe, expect, it } from 'vitest'
import { withUnits } from './units.ts'

describe('units in words', () => {
  it('writes codes out as people do, and leaves digits and everything else alone', () => {
    expect(withUnits('Blood pressure 138/90 mm[Hg]')).toBe('Blood pressure 138/90 mmHg')
    expect(withUnits('Pain severity 3 {score}')).toBe('Pain severity 3')
    expect(withUnits('Leukocytes 6.10 10*3/uL')).toBe('Leukocytes 6.10 10³/µL')
    expect(withUnits('Heart rate 72 /min [note]')).toBe('Heart rate 72 /min [note]')
  })
})
