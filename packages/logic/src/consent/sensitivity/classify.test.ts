import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sensitivitiesOf } from './classify.ts'
import { ACT_CODE, CONFIDENTIALITY, kindOfLabel, labelOfKind, SENSITIVITIES } from './kinds.ts'
import { sensitivityRules } from './rules.ts'

const coded = (system: string, code: string, more: object = {}) => ({ resourceType: 'Condition', code: { coding: [{ system, code }] }, ...more })

describe('what a record is apart for', () => {
  it.each([
    ['a mental disorder by ICD-10', coded('http://hl7.org/fhir/sid/icd-10-cm', 'F32.1'), ['PSY']],
    ['alcohol dependence by KCD', coded('http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8', 'F10.2'), ['SUD']],
    ['HIV by LOINC', { resourceType: 'Observation', code: { coding: [{ system: 'http://loinc.org', code: '75622-1' }] } }, ['HIV']],
    ['a medicine by ATC', { resourceType: 'MedicationRequest', medicationCodeableConcept: { coding: [{ system: 'http://www.whocc.no/atc', code: 'N06AB03' }] } }, ['PSY']],
    ['what a contained resource says', { resourceType: 'MedicationRequest', contained: [coded('http://snomed.info/sct', '86406008')] }, ['HIV']],
    ['a reason deep inside', { resourceType: 'Encounter', reasonCode: [{ coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'A54' }] }] }, ['STD']],
    ['a fracture', coded('http://hl7.org/fhir/sid/icd-10', 'S52.5'), []],
    ['a code of another system that looks alike', coded('http://loinc.org', 'F32.1'), []],
  ])('%s', (_name, resource, kinds) => expect(sensitivitiesOf(resource)).toEqual(kinds))

  it.each([
    [CONFIDENTIALITY, 'N', undefined], [CONFIDENTIALITY, 'R', 'R'], [CONFIDENTIALITY, 'V', 'R'], [ACT_CODE, 'ETH', 'SUD'], [ACT_CODE, 'NOCODE', 'R'],
    ['http://terminology.hl7.org/CodeSystem/v3-ActReason', 'HTEST', undefined], ['urn:local', 'vip', 'R'], [undefined, undefined, 'R'],
  ] as const)('the label %s %s means %s: what is not understood is restricted', (system, code, kind) => expect(kindOfLabel(system, code)).toBe(kind))

  it('a label adds and never takes away, and is not read as a code', () => {
    const normal = { meta: { security: [{ system: CONFIDENTIALITY, code: 'N' }], tag: [{ system: 'http://loinc.org', code: '75622-1' }] } }
    expect(sensitivitiesOf(coded('http://snomed.info/sct', '35489007', normal))).toEqual(['PSY'])
    expect(sensitivitiesOf({ resourceType: 'Observation', ...normal })).toEqual([])
  })

  it('every kind written as a label is read back, and every rule has a source and fires for its own codes', () => {
    for (const kind of SENSITIVITIES) expect(kindOfLabel(labelOfKind(kind).system, labelOfKind(kind).code)).toBe(kind)
    for (const { kind, systems, codes = [], prefixes = [], ranges = [], source } of sensitivityRules) {
      expect(source).not.toBe('')
      for (const code of [...codes, ...prefixes, ...ranges.flat()]) expect([code, sensitivitiesOf(coded(systems[0] as string, code))]).toEqual([code, expect.arrayContaining([kind])])
    }
  })

  it('never throws, whatever stands in the resource', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => sensitivitiesOf(value).every((kind) => SENSITIVITIES.includes(kind))))
  })
})
