import { SENSITIVE_KINDS } from '../consent/sensitive-kinds.tsx'
import { describe, expect, it } from 'vitest'
import { draftProblems, emptyDraft, endOf, toTerms, type ConsentDraft } from './consent-draft.ts'

const now = new Date('2026-11-22T05:05:00.000Z')
const full: ConsentDraft = {
  ...emptyDraft,
  from: { patient: 'p', subject: 's', custodian: 'seoul', custodianName: 'Seoul' },
  who: { party: 'dr-kim', kind: 'person', name: 'Kim', roles: ['doctor'] },
  what: ['Observation'], why: 'treatment',
}

describe('a consent that is being written', () => {
  it('starts with nothing chosen but 30 days', () => {
    expect(draftProblems(emptyDraft).map(({ line }) => line)).toEqual(['from', 'who', 'what', 'why'])
    expect(emptyDraft.days).toBe(30)
    expect(draftProblems({ ...full, what: [] }).map(({ line }) => line)).toEqual(['what'])
    expect(draftProblems(full)).toEqual([])
  })

  it('becomes the terms that are signed', () => {
    expect(toTerms({ ...full, since: '2024-01-01' }, now)).toEqual({ v: 1, grantee: 'dr-kim', types: ['Observation'], from: '2024-01-01', purpose: 'treatment', expires: '2026-12-22T05:05:00.000Z', direct: false })
  })

  it('offers direct reading with everything only, and then without dates', () => {
    expect(toTerms({ ...full, direct: true }, now).direct).toBe(false)
    const everything = toTerms({ ...full, what: 'all', direct: true, since: '2024-01-01', sensitive: SENSITIVE_KINDS }, now)
    expect(everything).toMatchObject({ direct: true })
    expect(everything).not.toHaveProperty('types')
    expect(everything).not.toHaveProperty('from')
  })

  it('never ends later than a year after it arrives', () => {
    expect(endOf(365, now).getTime()).toBeLessThan(now.getTime() + 365 * 86_400_000)
  })
})
