import { readJson, utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { describeResource } from './describe-resource.ts'

const concept = (text: string) => ({ text })

describe('describing a resource', () => {
  it.each<readonly [object, object]>([
    [{ resourceType: 'Observation', id: 'o', status: 'final', code: { coding: [{ display: 'Body Weight' }] }, effectiveDateTime: '2020-01-01', valueQuantity: { value: 82.4, unit: 'kg' } }, { type: 'Observation', fhirId: 'o', title: 'Body Weight 82.4 kg', date: '2020-01-01', status: 'final' }],
    [{ resourceType: 'Observation', code: concept('Smoker'), valueBoolean: false }, { type: 'Observation', title: 'Smoker no' }],
    [{ resourceType: 'Observation', code: concept('Glucose'), valueQuantity: { comparator: '<', value: 5, code: 'mmol/L' } }, { type: 'Observation', title: 'Glucose <5 mmol/L' }],
    [{ resourceType: 'Observation', code: concept('Culture'), dataAbsentReason: concept('Not done') }, { type: 'Observation', title: 'Culture Not done' }],
    [{ resourceType: 'Condition', code: concept('Asthma'), clinicalStatus: { coding: [{ code: 'active' }] }, onsetPeriod: { start: '2019' } }, { type: 'Condition', title: 'Asthma', date: '2019', status: 'active' }],
    [{ resourceType: 'MedicationRequest', status: 'active', medicationReference: { display: 'Aspirin' }, authoredOn: '2020-02-02' }, { type: 'MedicationRequest', title: 'Aspirin', date: '2020-02-02', status: 'active' }],
    [{ resourceType: 'Goal', lifecycleStatus: 'accepted', description: concept('Walk daily'), startDate: '2020-03-03' }, { type: 'Goal', title: 'Walk daily', date: '2020-03-03', status: 'accepted' }],
    [{ resourceType: 'Patient', name: [{ use: 'maiden', family: 'Before' }, { use: 'official', given: ['Ada', 'M.'], family: 'Muster' }], birthDate: '1980-01-01' }, { type: 'Patient', title: 'Ada M. Muster' }],
    [{ resourceType: 'Device', deviceName: [{ name: 'Pacemaker' }], manufactureDate: '2020' }, { type: 'Device', title: 'Pacemaker' }],
    [{ resourceType: 'ImagingStudy', description: 'Chest', started: '2021-01-01' }, { type: 'ImagingStudy', title: 'Chest', date: '2021-01-01' }],
    [{ resourceType: 'NutritionOrder', status: 'active', dateTime: '2020' }, { type: 'NutritionOrder', title: 'Nutrition Order', date: '2020', status: 'active' }],
    [{ resourceType: 'RiskAssessment', code: concept('Fall risk'), occurrencePeriod: { end: '2022-01-01' } }, { type: 'RiskAssessment', title: 'Fall risk', date: '2022-01-01' }],
    [{ resourceType: 'DiagnosticReport', code: { coding: [{ system: 'http://loinc.org', code: '47527-7' }] } }, { type: 'DiagnosticReport', title: 'Diagnostic Report 47527-7' }],
    [{ resourceType: 'Condition', code: { coding: [{ code: '195967001' }], text: 'Asthma' } }, { type: 'Condition', title: 'Asthma' }],
    [{ resourceType: 'MedicationAdministration', contained: [{ resourceType: 'Medication', id: 'm', ingredient: [{ itemCodeableConcept: concept('Potassium chloride') }] }], category: concept('Inpatient'), medicationReference: { reference: '#m' } }, { type: 'MedicationAdministration', title: 'Potassium chloride' }],
    // Types without a rule of their own, in the shapes of HL7's examples.
    [{ resourceType: 'CarePlan', status: 'active', intent: 'plan', subject: { display: 'P. van de Heuvel' }, goal: [{ display: 'goal' }], activity: [{ detail: { code: concept('Radiotherapy'), status: 'completed' } }] }, { type: 'CarePlan', title: 'Radiotherapy', status: 'active' }],
    [{ resourceType: 'NutritionOrder', status: 'active', intent: 'order', dateTime: '2014-09-17', oralDiet: { type: [concept('Cardiac Diet')] } }, { type: 'NutritionOrder', title: 'Cardiac Diet', date: '2014-09-17', status: 'active' }],
    [{ resourceType: 'FamilyMemberHistory', status: 'completed', patient: { reference: 'Patient/1' }, relationship: concept('father'), condition: [{ code: concept('Heart Attack') }] }, { type: 'FamilyMemberHistory', title: 'father Heart Attack', status: 'completed' }],
    [{ resourceType: 'DeviceRequest', intent: 'original-order', codeCodeableConcept: concept('Insulin pump'), subject: { display: 'Somebody' } }, { type: 'DeviceRequest', title: 'Insulin pump' }],
    [{ resourceType: 'ImmunizationRecommendation', recommendation: [{ vaccineCode: [concept('MMR')], forecastStatus: concept('due') }] }, { type: 'ImmunizationRecommendation', title: 'MMR' }],
    [{ resourceType: 'Media', status: 'completed', content: { contentType: 'image/gif', title: 'Ultrasound' } }, { type: 'Media', title: 'Ultrasound', status: 'completed' }],
    [{ resourceType: 'VisionPrescription', status: 'active', lensSpecification: [{ product: concept('Lens'), eye: 'right' }] }, { type: 'VisionPrescription', title: 'Lens', status: 'active' }],
    [{ resourceType: 'Slot', schedule: { reference: 'Schedule/1' }, status: 'busy', comment: 'Booked for surgery' }, { type: 'Slot', title: 'Booked for surgery', status: 'busy' }],
  ])('%j', (resource, expected) => expect(describeResource(resource)).toEqual(expected))

  it('shows systolic over diastolic, in whichever order they stand', () => {
    const part = (code: string, value: number) => ({ code: { coding: [{ system: 'http://loinc.org', code }] }, valueQuantity: { value, unit: 'mm[Hg]' } })
    expect(describeResource({ resourceType: 'Observation', code: concept('Blood Pressure'), component: [part('8462-4', 80), part('8480-6', 120)] }).title).toBe('Blood Pressure 120/80 mm[Hg]')
  })

  it('shows numbers as they were written, and long ones rounded', () => {
    const titleOf = (number: string): string => {
      const text = `{"resourceType":"Observation","code":{"text":"X"},"valueQuantity":{"value":${number},"unit":"g"}}`
      return describeResource(JSON.parse(text), readJson(utf8(text))).title
    }
    expect(titleOf('1.10')).toBe('X 1.10 g')
    expect(titleOf('185.8289545670521')).toBe('X 185.83 g')
  })

  it('keeps a title on one line of at most 160 characters', () => {
    const { title } = describeResource({ resourceType: 'Condition', code: concept(`a\nb\u0007${'😀'.repeat(300)}`) })
    expect(title.startsWith('a b ')).toBe(true)
    expect([...title]).toHaveLength(160)
  })

  it.each([undefined, null, 7, 'x', [], { resourceType: 7 }, { resourceType: 'Observation', code: 7, component: 'x', valueQuantity: [] }])('never throws, whatever it is given: %j', (value) => {
    expect(describeResource(value).title).not.toBe('')
  })
})
