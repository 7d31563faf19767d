import { fromUtf8, utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { amendedResource, withdrawnResource } from './amendment.ts'
import { exactBytes } from './exact-json.ts'
import { buildDraft, WRITE_KINDS, type Drafts, type WriteKind } from './kinds.ts'
import { readPrescription } from './prescription.ts'
import { formerResource } from './amendment.ts'

const context = { patient: 'Patient/1', author: { party: 'staff-1', name: 'Dr A' }, at: new Date('2026-11-26T10:00:00Z'), newId: () => 'new' }
const former = (text: string) => ({ entry: '01890a5d-ac96-774b-bcce-b302099a8057', bytes: utf8(text) })
const text = (resource: Parameters<typeof exactBytes>[0]): string => fromUtf8(exactBytes(resource))

describe('the next version of a record', () => {
  it('takes what the form decides, keeps everything else with its digits, and says that it is one', () => {
    const before = former('{"resourceType":"Observation","id":"o-1","status":"final","identifier":[{"value":"X-1"}],"code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"valueQuantity":{"value":82.40,"unit":"kg"},"referenceRange":[{"low":{"value":50.0}}]}')
    const [built] = buildDraft('vitals', { values: { ...WRITE_KINDS.vitals.empty.values, weight: '84.20' } }, context)
    const next = text(amendedResource(before, built!, WRITE_KINDS.vitals.owns, { code: 'wrong-value', text: '' }))
    expect(JSON.parse(next)).toMatchObject({ id: 'o-1', status: 'corrected', identifier: [{ value: 'X-1' }] })
    expect(next).toContain('"referenceRange":[{"low":{"value":50.0}}]')
    expect(next).toContain('"valueQuantity":{"value":84.20,"unit":"kg"')
    expect(JSON.parse(text(amendedResource(before, built!, WRITE_KINDS.vitals.owns, { code: 'incomplete', text: '' })))).toMatchObject({ status: 'amended' })
  })

  it('drops what the form left empty', () => {
    const before = former('{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/1"},"onsetDateTime":"2019","note":[{"text":"old"}],"severity":{"text":"mild"}}')
    const [built] = buildDraft('condition', { ...WRITE_KINDS.condition.empty, what: { text: 'Asthma' } }, context)
    const next = amendedResource(before, built!, WRITE_KINDS.condition.owns, { code: 'wrong-value', text: '' })
    expect([next['onsetDateTime'], next['note'], next['severity'], next['subject']]).toEqual([undefined, undefined, { text: 'mild' }, { reference: 'Patient/1' }])
  })

  it('withdrawn says so where its type says it, and has no clinical status then (con-5, ait-2)', () => {
    expect(text(withdrawnResource(former('{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.10}}')))).toBe('{"resourceType":"Observation","status":"entered-in-error","valueQuantity":{"value":1.10}}')
    expect(withdrawnResource(former('{"resourceType":"DocumentReference","status":"current"}'))).toMatchObject({ status: 'entered-in-error', docStatus: 'entered-in-error' })
    const allergy = withdrawnResource(former('{"resourceType":"AllergyIntolerance","clinicalStatus":{"text":"active"}}'))
    expect([allergy['clinicalStatus'], allergy['verificationStatus']]).toEqual([undefined, { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification', code: 'entered-in-error', display: undefined }] }])
  })
})

describe('a form', () => {
  const drafts: { readonly [Kind in WriteKind]: Drafts[Kind] } = {
    vitals: { values: { ...WRITE_KINDS.vitals.empty.values, systolic: '121', diastolic: '80' } },
    note: { noteType: 'consult', text: 'Seen today. 혈압이 높습니다.' },
    condition: { what: { text: 'Asthma', codings: [{ system: 'http://snomed.info/sct', code: '195967001', display: undefined }] }, course: 'remission', certainty: 'provisional', category: 'encounter-diagnosis', onset: '2019-05', note: 'Since childhood' },
    allergy: { what: { text: 'Latex' }, type: 'intolerance', category: 'environment', criticality: 'low', reaction: 'Rash', severity: 'mild', note: 'Gloves' },
    prescription: { medicine: { text: 'Amoxicillin 500 mg' }, dose: '1.50', unit: '{tablet}', frequency: '3', period: '1', periodUnit: 'd', asNeeded: true, route: 'oral', days: '7', note: 'With food' },
    order: { what: { text: 'Chest X-ray' }, category: 'imaging', priority: 'urgent', when: '2026-12-01', reason: 'Cough', note: 'Standing' },
  taking: { medicine: { text: 'Warfarin 5 mg' }, dosage: 'One in the evening', source: 'Busan Medical Center', note: '' },
  }
  it.each(Object.keys(drafts) as WriteKind[])('of a %s reads back what it wrote', (kind) => {
    const [resource] = buildDraft(kind, drafts[kind], context)
    expect(WRITE_KINDS[kind].read(formerResource({ bytes: exactBytes(resource!) }))).toEqual(drafts[kind])
  })

  it('does not take a dosage that it cannot say without loss', () => {
    expect(readPrescription({ resourceType: 'MedicationRequest', dosageInstruction: [{ text: 'One tablet in the morning' }] })).toBeUndefined()
  })

  it('writes vital signs as a panel only where there are several', () => {
    const build = (values: Partial<Drafts['vitals']['values']>) => buildDraft('vitals', { values: { ...WRITE_KINDS.vitals.empty.values, ...values } }, context).map(({ code }) => JSON.stringify(code).match(/\d+-\d/)?.[0])
    expect([build({ weight: '82.4' }), build({ systolic: '121', diastolic: '80' }), build({ systolic: '121', weight: '82' })]).toEqual([['29463-7'], ['85354-9'], ['85353-1', '85354-9', '29463-7']])
    expect(() => build({})).toThrow(TypeError)
  })
})
