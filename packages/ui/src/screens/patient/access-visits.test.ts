import { describe, expect, it } from 'vitest'
import { createTranslate } from '../../i18n/translate.ts'
import type { AccessItem } from '../../session/shapes.ts'
import { readersOf, toVisits, visitReason, visitSentence } from './access-visits.ts'

const now = new Date('2026-11-22T12:00:00.000Z')

function read(minutesAgo: number, change: Partial<AccessItem> = {}): AccessItem {
  return {
    id: crypto.randomUUID(), at: new Date(now.getTime() - minutesAgo * 60_000).toISOString(), operation: 'hospital.records.list', party: 'kim', name: '김민준', organisationName: '서울종합병원', kind: 'person',
    types: { Observation: 1 }, decision: { id: crypto.randomUUID(), outcome: 'permitted', rule: 'consent' }, ...change,
  }
}
const open = (minutesAgo: number): AccessItem => read(minutesAgo, { operation: 'hospital.records.read' })
const refused = { id: crypto.randomUUID(), outcome: 'refused', rule: 'none' } as const

describe('visits', () => {
  it('fold what one person opened within half an hour', () => {
    const [visit, ...others] = toVisits([open(0), open(10), open(35)])
    expect(others).toEqual([])
    expect(visit?.types).toEqual({ Observation: 3 })
    expect(toVisits([read(0), read(31)])).toHaveLength(2)
  })

  it('count what was looked at twice once', () => {
    const page = { types: { Observation: 42, Condition: 2 } }
    expect(toVisits([open(0), read(1, page), read(2, page), read(3, { types: { Observation: 7 } })])[0]?.types).toEqual({ Observation: 49, Condition: 2 })
  })

  it('never fold two people, nor a reading with a refusal', () => {
    expect(toVisits([read(0), read(1, { party: 'lee' })])).toHaveLength(2)
    expect(toVisits([read(0), read(1, { decision: refused, types: {} })])).toHaveLength(2)
  })

  it('say what was done where it was no reading, and fold that with no reading', () => {
    const act = (operation: string, rule: AccessItem['decision']['rule'] = 'consent'): AccessItem => read(0, { operation, types: {}, decision: { id: crypto.randomUUID(), outcome: 'permitted', rule } })
    const words = (item: AccessItem): string => visitSentence(createTranslate('en'), toVisits([item])[0]!).replaceAll(/<\/?b>/g, '')
    expect([
      act('hospital.consents.give', 'self'), act('hospital.consents.give', 'delegate'), act('hospital.consents.withdraw', 'delegate'), act('hospital.passing.give'), act('hospital.delegations.end', 'delegate'), act('hospital.emergency.open', 'emergency'),
      act('hospital.emergency.reviews', 'review'), act('hospital.erasures.request', 'self'), act('hospital.custody.state'), act('hospital.events.read'), act('hospital.links.stop', 'self'),
    ].map(words)).toEqual([
      'You shared your record', '김민준 shared your record for you', '김민준 stopped a sharing for you', '김민준 (서울종합병원) passed on what you share with them', '김민준 ended that somebody acts for you',
      '김민준 (서울종합병원) opened an emergency access to your record', '김민준 (서울종합병원) looked at an emergency access to your record', 'You decided how your record is kept', '김민준 (서울종합병원) looked at how your record is kept',
      '김민준 (서울종합병원) was told of changes to your record', 'You took back something to carry',
    ])
    expect(toVisits([act('hospital.passing.give'), read(1)])).toHaveLength(2)
    expect(words(read(0, { operation: 'hospital.passing.give', decision: refused, types: {} }))).toBe('김민준 (서울종합병원) asked for your record')
  })

  it('are sentences in both languages, with the right particle', () => {
    const visit = toVisits([open(0), open(1), open(2)])[0]!
    expect(visitSentence(createTranslate('ko'), visit)).toBe('<b>서울종합병원 김민준</b>이 검사 결과 3건을 열어 보았습니다')
    expect(visitSentence(createTranslate('en'), visit)).toBe('<b>김민준 (서울종합병원)</b> opened 3 results')
    expect(visitReason(createTranslate('en'), visit)).toBe('allowed by your sharing')
  })

  it('tell writing from looking', () => {
    const visits = toVisits([read(0, { operation: 'hospital.fhir.patch' }), open(1), read(2, { operation: 'hospital.writing.commit' })])
    expect(visits.map((visit) => visitSentence(createTranslate('en'), visit))).toEqual(['<b>김민준 (서울종합병원)</b> wrote 1 result into your record', '<b>김민준 (서울종합병원)</b> opened 1 result'])
  })

  it('tell nothing of what was asked for when it was refused', () => {
    const visit = toVisits([read(0, { decision: refused, types: {} })])[0]!
    expect(visitSentence(createTranslate('en'), visit)).toBe('<b>김민준 (서울종합병원)</b> asked for your record')
    expect(visitReason(createTranslate('en'), visit)).toBe('you have not shared it')
  })
})

describe('links', () => {
  const opened = (minutesAgo: number, recipient: string, outcome: NonNullable<AccessItem['link']>['outcome'] = 'opened'): AccessItem =>
    read(minutesAgo, { party: 'link-holder', name: 'link-holder', types: {}, link: { link: 'l', recipient, outcome }, decision: { id: crypto.randomUUID(), outcome: outcome === 'opened' ? 'permitted' : 'refused', rule: outcome === 'opened' ? 'link' : 'none' } })

  it('name who said they opened them, and say that the name is their own', () => {
    const [visit] = toVisits([opened(0, 'Riverside Clinic')])
    expect(visitSentence(createTranslate('en'), visit!)).toBe('<b>Riverside Clinic</b> opened a link of yours')
    expect(visitReason(createTranslate('en'), visit!)).toBe('they had a link of yours, and gave this name themselves')
    expect(visitReason(createTranslate('en'), toVisits([opened(0, 'X', 'wrong-passcode')])[0]!)).toBe('the passcode was wrong')
  })

  it('are never folded under two names, and count each name once', () => {
    const items = [opened(0, 'A'), opened(1, 'B'), opened(2, 'A')]
    expect(toVisits(items)).toHaveLength(2)
    expect(readersOf(items, now)).toEqual({ people: 2, organisations: 2, refused: 0 })
  })
})

describe('readers of the last 30 days', () => {
  it('count people once, refusals by visit, and never the patient', () => {
    const self = { id: crypto.randomUUID(), outcome: 'permitted', rule: 'self' } as const
    const items = [read(0), read(1), read(2, { party: 'lee', organisationName: 'Busan' }), read(3, { decision: self, party: 'me' }), read(4, { decision: refused, types: {} }), read(60 * 24 * 31, { party: 'old' })]
    expect(readersOf(items, now)).toEqual({ people: 2, organisations: 2, refused: 1 })
  })
})
