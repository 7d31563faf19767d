import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { criticalState, defaultEscalation as plan, type CriticalHistory } from './critical/escalation.ts'
import { isIssued, mayFollow, releaseOf, REPORT_STATES, type ResultForRelease } from './reports/report-life.ts'
import { isTestable, SPECIMEN_STATES, takeSpecimenStep, type SpecimenPlace, type SpecimenState, type SpecimenStep } from './specimens/specimen-life.ts'

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 26, 8) + minutes * 60_000)
const history = (more: Partial<CriticalHistory> = {}): CriticalHistory => ({ known: at(0).toISOString(), told: [], ...more })
const told = (...steps: readonly number[]) => steps.map((step) => ({ step, at: at(step * 15).toISOString() }))

describe('a critical value', () => {
  it('is told at once, and to the next one when nobody answered in time', () => {
    expect(criticalState(plan, history(), at(0))).toEqual({ state: 'due', steps: [0] })
    expect(criticalState(plan, history({ told: told(0) }), at(14))).toEqual({ state: 'told', step: 0, next: at(15).toISOString() })
    expect(criticalState(plan, history({ told: told(0) }), at(15))).toEqual({ state: 'due', steps: [1] })
    expect(criticalState(plan, history({ told: told(0) }), at(41))).toEqual({ state: 'due', steps: [1, 2, 3] })
    expect(criticalState(plan, history({ told: told(0, 1, 2, 3) }), at(41))).toEqual({ state: 'told', step: 3 })
    expect(criticalState(plan, history({ told: told(0, 1, 2, 3) }), at(59))).toEqual({ state: 'told', step: 3 })
    expect(criticalState(plan, history({ told: told(0, 1, 2, 3) }), at(60))).toEqual({ state: 'nobody-answered', minutes: 60 })
  })

  it('is closed by an answer and by nothing else', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 10_000 }), fc.subarray([0, 1, 2, 3]), (minutes, steps) => {
      expect(criticalState(plan, history({ told: told(...steps) }), at(minutes)).state).not.toBe('answered')
      expect(criticalState(plan, history({ told: told(...steps), answered: { at: at(6.5).toISOString(), by: 'doctor-1' } }), at(minutes))).toEqual({ state: 'answered', minutes: 6 })
    }))
  })
})

describe('a report', () => {
  it('follows the states of FHIR, and what was issued is only superseded', () => {
    expect(REPORT_STATES.map((from) => `${from}: ${REPORT_STATES.filter((to) => mayFollow(from, to)).join(' ')}`)).toEqual([
      'registered: partial preliminary final cancelled entered-in-error', 'partial: partial preliminary final cancelled entered-in-error', 'preliminary: preliminary final cancelled entered-in-error',
      'final: amended corrected entered-in-error', 'amended: amended corrected entered-in-error', 'corrected: amended corrected entered-in-error', 'cancelled: entered-in-error', 'entered-in-error: ',
    ])
    expect(REPORT_STATES.filter((to) => mayFollow(undefined, to))).toEqual(['registered', 'partial', 'preliminary', 'final', 'cancelled'])
    expect(REPORT_STATES.filter(isIssued)).toEqual(['final', 'amended', 'corrected'])
  })

  it('is released by the strictest of its rule and its results', () => {
    const plain: ResultForRelease = { interpretation: 'N', deltaExceeded: false, sensitive: false, unitKnown: true }
    expect(releaseOf('at-once', [plain, { ...plain, interpretation: 'H' }])).toBe('at-once')
    expect(releaseOf('after-review', [plain])).toBe('after-review')
    for (const looked of [{ interpretation: 'HH' as const }, { interpretation: 'LL' as const }, { deltaExceeded: true }, { unitKnown: false }]) expect(releaseOf('at-once', [plain, { ...plain, ...looked }])).toBe('after-review')
    expect(releaseOf('at-once', [plain, { ...plain, interpretation: 'HH', sensitive: true }])).toBe('by-a-person')
    expect(releaseOf('by-a-person', [plain])).toBe('by-a-person')
  })
})

describe('a specimen', () => {
  const steps: readonly SpecimenStep[] = [{ step: 'specimen-handed-over', to: 'b' }, { step: 'specimen-received' }, { step: 'specimen-accessioned' }, { step: 'specimen-stored' }, { step: 'specimen-rejected', reason: 'haemolysed' }, { step: 'specimen-used-up' }, { step: 'specimen-destroyed' }]
  const place = (state: SpecimenState): SpecimenPlace => ({ state, holder: 'a', ...(state === 'in-transit' ? { to: 'b' } : {}) })
  const by = (state: SpecimenState) => (state === 'in-transit' ? 'b' : 'a')

  it('goes only where the table says', () => {
    expect(SPECIMEN_STATES.map((state) => `${state}: ${steps.flatMap((step) => { const next = takeSpecimenStep(place(state), step, by(state)); return 'refused' in next ? [] : [next.state] }).join(' ')}`)).toEqual([
      'collected: in-transit accessioned destroyed', 'in-transit: received rejected', 'received: in-transit accessioned rejected destroyed', 'accessioned: stored rejected used-up destroyed',
      'stored: in-transit used-up destroyed', 'rejected: destroyed', 'used-up: ', 'destroyed: ',
    ])
    expect(SPECIMEN_STATES.filter((state) => isTestable({ state }))).toEqual(['accessioned', 'stored'])
  })

  it('is in the hands of one at a time: nobody else takes a step', () => {
    for (const state of SPECIMEN_STATES) for (const step of steps) for (const other of ['a', 'b', 'c']) if (other !== by(state)) expect(takeSpecimenStep(place(state), step, other)).toHaveProperty('refused')
    expect(takeSpecimenStep(place('received'), { step: 'specimen-handed-over', to: 'a' }, 'a')).toEqual({ refused: 'to-itself' })
  })
})
