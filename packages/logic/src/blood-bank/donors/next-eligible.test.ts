import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DONATION_TYPES, ukDeferralRules as rules, type DonationType } from './deferral-rules.ts'
import { nextEligible, type DonorFacts } from './next-eligible.ts'

const donor = (more: Partial<DonorFacts> = {}): DonorFacts => ({ sex: 'female', birthDate: '1990-05-05', donations: [], ...more })
const from = (facts: DonorFacts, type: DonationType, today = '2026-11-26') => nextEligible(rules, facts, type, today).from
const gave = (...donations: readonly (readonly [DonationType, string])[]) => donor({ donations: donations.map(([type, date]) => ({ type, date })) })

describe('when a donor may give again', () => {
  it('is today for somebody who never gave', () => {
    expect(nextEligible(rules, donor(), 'whole-blood', '2026-11-26')).toEqual({ from: '2026-11-26', deferrals: [] })
  })

  it('is 12 weeks after whole blood, on the day and not the day before', () => {
    expect(from(gave(['whole-blood', '2026-10-02']), 'whole-blood')).toBe('2026-12-25')
    expect(nextEligible(rules, gave(['whole-blood', '2026-10-02']), 'whole-blood', '2026-12-24').deferrals).toEqual([{ reason: 'interval', after: 'whole-blood', date: '2026-10-02', until: '2026-12-25' }])
    expect(nextEligible(rules, gave(['whole-blood', '2026-10-02']), 'whole-blood', '2026-12-25').deferrals).toEqual([])
  })

  it('depends on what was given and what will be', () => {
    expect(from(gave(['whole-blood', '2026-11-20']), 'platelets')).toBe('2026-12-18')
    expect(from(gave(['platelets', '2026-11-20']), 'platelets')).toBe('2026-12-04')
    expect(from(gave(['double-red-cells', '2026-11-20']), 'whole-blood')).toBe('2027-05-21')
    expect(from(gave(['double-red-cells', '2026-11-20']), 'plasma')).toBe('2026-12-18')
  })

  it('waits for the oldest of three in a year for women, of four for men', () => {
    const dates = [['whole-blood', '2026-02-01'], ['whole-blood', '2026-05-01'], ['whole-blood', '2026-08-01']] as const
    expect(from(gave(...dates), 'whole-blood')).toBe('2027-02-01')
    expect(from({ ...gave(...dates), sex: 'male' }, 'whole-blood')).toBe('2026-11-26')
    expect(nextEligible(rules, gave(...dates), 'whole-blood', '2026-11-26').deferrals).toEqual([{ reason: 'frequency', most: 3, withinDays: 365, until: '2027-02-01' }])
  })

  it('waits after an event, for ever after some', () => {
    expect(from(donor({ events: [{ event: 'tattoo-or-piercing', date: '2026-11-01' }] }), 'plasma')).toBe('2027-03-01')
    const never = nextEligible(rules, donor({ events: [{ event: 'transfusion-received', date: '2001-01-01' }, { event: 'infection', date: '2026-11-20' }] }), 'plasma', '2026-11-26')
    expect(never.from).toBeUndefined()
    expect(never.deferrals.map(({ reason, until }) => [reason, until])).toEqual([['event', undefined], ['event', '2026-12-04']])
  })

  it('begins at 17 and ends at 65, for a first donation at 60', () => {
    expect(from(donor({ birthDate: '2009-12-01' }), 'whole-blood')).toBe('2026-12-01')
    expect(from(donor({ birthDate: '1961-01-01' }), 'whole-blood')).toBeUndefined()
    expect(from(donor({ birthDate: '1961-01-01', donations: [{ type: 'whole-blood', date: '2020-01-01' }] }), 'whole-blood')).toBe('2026-11-26')
    expect(from(donor({ birthDate: '1960-11-26', donations: [{ type: 'whole-blood', date: '2020-01-01' }] }), 'whole-blood')).toBeUndefined()
    expect(from(donor({ birthDate: '2012-02-29' }), 'whole-blood')).toBe('2029-03-01')
  })

  it('is never earlier for having given more', () => {
    const date = fc.integer({ min: 0, max: 700 }).map((days) => new Date(Date.UTC(2025, 0, 1) + days * 86_400_000).toISOString().slice(0, 10))
    const donation = fc.record({ type: fc.constantFrom(...DONATION_TYPES), date })
    fc.assert(fc.property(fc.array(donation, { maxLength: 8 }), donation, fc.constantFrom(...DONATION_TYPES), (donations, more, type) => {
      const before = from(donor({ donations }), type) as string
      expect((from(donor({ donations: [...donations, more] }), type) as string) >= before).toBe(true)
    }))
  })
})
