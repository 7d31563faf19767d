import { describe, expect, it } from 'vitest'
import { explainInWords, type Explanation } from './explain-in-words.ts'

const id = '01890a5d-ac96-774b-bcce-b302099a8057'
const at = '2026-11-26T12:00:00.000Z'
const base: Explanation = {
  decision: { id, outcome: 'permitted', rule: 'custodian-staff', purpose: 'treatment' }, at, operation: 'hospital.records.list', party: 'doctor-b', name: 'Dr Park', organisationName: 'Busan', kind: 'person', custodian: 'seoul', custodianName: 'Seoul General',
  types: { Observation: 2 }, reader: 'patient',
}
const terms = { v: 1, grantee: 'busan', purpose: 'treatment', expires: '2026-12-01T00:00:00.000Z', direct: false } as const
const under = (rule: Explanation['decision']['rule'], more: Partial<Explanation> = {}): Explanation => ({ ...base, decision: { ...base.decision, rule }, ...more })
const consent = { entry: id, granteeName: 'Busan', given: at, terms }

const cases: readonly (readonly [string, Explanation, RegExp])[] = [
  ['oneself', under('self'), /everybody may read their own record/],
  ['the custodian\'s staff', base, /they work at Seoul General/],
  ['a delegate', under('delegate', { delegation: { entry: id, basis: 'legal-guardian', until: '2030-01-01' } }), new RegExp(`they act for you, as the legal guardian, by ${id}, until 2030-01-01`)],
  ['a delegate whose time is over', under('delegate', { delegation: { entry: id } }), new RegExp(`by ${id}, which has ended since`)],
  ['a consent, in its version', under('consent', { consent }), new RegExp(`by the consent ${id}, which you gave to Busan on`)],
  ['a consent, to who read under it', under('consent', { consent, reader: 'asker' }), /which the patient gave to Busan on .* It shares everything, to treat the patient, until/],
  ['a consent that somebody gave', under('consent', { consent: { ...consent, actedBy: { name: 'Kim', basis: 'parent' } } }), /Kim gave it for you, as a parent\./],
  ['a consent that was passed on', under('consent', { consent: { ...consent, passedOn: { consent: id, name: 'Busan' } } }), new RegExp(`Busan passed it on, as the consent ${id} allows`)],
  ['what is shared of kinds', under('consent', { consent: { ...consent, terms: { ...terms, sensitive: ['HIV'] } } }), /It leaves out: genetic conditions, mental health/],
  ['an exception', under('consent', { consent: { ...consent, terms: { ...terms, except: [{ types: ['Claim'], from: '2020-01-01', people: ['dr-x'] }] } } }), /Left out for one person who is named: Claim from 2020-01-01 on\./],
  ['a role', under('consent', { consent: { ...consent, terms: { ...terms, role: 'doctor' } } }), /Only their doctors may read\./],
  ['that it may be passed on', under('consent', { consent: { ...consent, terms: { ...terms, passOn: true } } }), /They may pass it on to others by name/],
  ['a withdrawal since', under('consent', { consent: { ...consent, withdrawnBy: id } }), /It has since been withdrawn/],
  ['an emergency and its review', under('emergency', { emergency: { entry: id, opens: 'record', reason: 'unconscious', at, until: at, review: 'open' } }), /emergency access .* \(unconscious\).*Nobody has closed the review of it yet\./],
  ['a review', under('review'), /review an emergency access\. They saw the reason/],
  ['a link', under('link'), /by a link that the patient made/],
  ['an office', under('role'), /by their role\. No record was opened by it/],
  ['a refusal', { ...under('none'), decision: { ...base.decision, rule: 'none', outcome: 'refused' } }, /asked for your record .* was refused\. No rule allowed it/],
]

describe('why a decision was made', () => {
  it.each(cases)('names %s, in both languages', (_what, explanation, words) => {
    expect(explainInWords(explanation, { language: 'en' }).join(' ')).toMatch(words)
    const korean = explainInWords(explanation, { language: 'ko' })
    expect(korean).toHaveLength(explainInWords(explanation, { language: 'en' }).length)
    expect(korean.every((sentence) => /[가-힣]/.test(sentence))).toBe(true)
  })
})
