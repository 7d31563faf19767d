import { readJson, utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { chartFacts } from './chart-facts.ts'
import { describeResource } from './describe-resource.ts'

const factsOf = (text: string) => chartFacts(JSON.parse(text), readJson(utf8(text)))

describe('facts of a resource for lists, trends and search', () => {
  it('keeps numbers as written, the unit beside its UCUM code, and the range and meaning of this very result', () => {
    expect(factsOf(`{"resourceType":"Observation","category":[{"coding":[{"code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"2160-0"}],"text":"Creatinine"},"encounter":{"reference":"urn:uuid:e-1"},
      "valueQuantity":{"value":1.10,"unit":"mg per dL","system":"http://unitsofmeasure.org","code":"mg/dL"},"interpretation":[{"coding":[{"code":"H"}]}],
      "referenceRange":[{"type":{"coding":[{"code":"critical"}]},"high":{"value":9}},{"low":{"value":0.50},"high":{"value":1.0}}]}`)).toEqual({
      encounter: 'e-1', code: 'http://loinc.org|2160-0', codes: ['http://loinc.org|2160-0'], category: 'laboratory', categories: ['|laboratory'],
      measure: { name: 'Creatinine', value: '1.10', unit: 'mg per dL', ucum: 'mg/dL', low: '0.50', high: '1.0', flag: 'H' },
    })
  })

  it('keeps the parts of a blood pressure, each with its own range', () => {
    const part = (code: string, name: string, value: number) => `{"code":{"coding":[{"system":"http://loinc.org","code":"${code}"}],"text":"${name}"},"valueQuantity":{"value":${value},"unit":"mmHg"},"referenceRange":[{"high":{"value":140}}]}`
    expect(factsOf(`{"resourceType":"Observation","code":{"text":"BP"},"component":[${part('8480-6', 'Systolic', 150)},${part('8462-4', 'Diastolic', 80)},{"code":{"text":"Posture"},"valueString":"lying"}]}`).measure).toEqual({
      name: 'BP', parts: [{ code: 'http://loinc.org|8480-6', name: 'Systolic', value: '150', unit: 'mmHg', high: '140' }, { code: 'http://loinc.org|8462-4', name: 'Diastolic', value: '80', unit: 'mmHg', high: '140' }],
    })
  })

  it('says how to take a medicine, in the sender\'s words or made from the dose and the rhythm', () => {
    expect(factsOf('{"resourceType":"MedicationRequest","dosageInstruction":[{"text":"One in the morning"},{"doseAndRate":[{"doseQuantity":{"value":1.50,"unit":"tablet"}}],"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"asNeededBoolean":true}]}').dose).toBe('One in the morning; 1.50 tablet, 2 × / 1 d, as needed')
    expect(factsOf('{"resourceType":"MedicationStatement","medicationReference":{"reference":"Medication/m1"},"dosage":[{"text":"As needed"}]}')).toMatchObject({ medication: 'm1', dose: 'As needed' })
  })

  it('names what a Provenance speaks of, and leaves many names out so that a row stays small', () => {
    const of = (count: number) => factsOf(JSON.stringify({ resourceType: 'Provenance', target: Array.from({ length: count }, (_, n) => ({ reference: `https://a.example/fhir/Observation/o${n}/_history/1` })) })).targets
    expect(of(2)).toEqual(['o0', 'o1'])
    expect(of(9)).toBeUndefined()
  })

  it.each([undefined, 7, [], { resourceType: 'Observation', component: 7, valueQuantity: { value: 'x' }, referenceRange: [7] }, { resourceType: 'MedicationRequest', dosageInstruction: 'x', medicationReference: [] }])('never throws, whatever it is given: %j', (value) => {
    expect(chartFacts(value).measure).toBeUndefined()
  })

  it('titles a medicine by the Medication inside the resource', () => {
    expect(describeResource({ resourceType: 'MedicationRequest', contained: [{ resourceType: 'Medication', id: 'm', code: { text: 'Aspirin' } }], medicationReference: { reference: '#m' } }).title).toBe('Aspirin')
  })
})
