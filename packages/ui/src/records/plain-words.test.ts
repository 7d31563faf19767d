import { describe, expect, it } from 'vitest'
import { utf8 } from '@careledger/proof'
import { plainFacts } from './plain-words.ts'
import { readResource } from './resource.ts'

const facts = (text: string): Readonly<Record<string, string>> => Object.fromEntries(plainFacts(readResource(utf8(text))!).map(({ label, value }) => [label, value]))

describe('a record in words', () => {
  it('keeps the digits that were written: 1.10 is not 1.1', () => {
    expect(facts('{"resourceType":"Observation","code":{"text":"Creatinine"},"valueQuantity":{"value":1.10,"unit":"mg/dL"}}')['field.value']).toBe('1.10 mg/dL')
  })

  it('tells value, range, day and who measured', () => {
    expect(facts('{"resourceType":"Observation","status":"final","code":{"coding":[{"display":"Potassium"}]},"effectiveDateTime":"2026-05","valueQuantity":{"comparator":">","value":7,"code":"mmol/L"},"referenceRange":[{"low":{"value":3.5},"high":{"value":5.1}}],"performer":[{"display":"Dr Kim"}]}')).toEqual({
      'field.what': 'Potassium', 'field.value': '> 7 mmol/L', 'field.range': '3.5 – 5.1', 'field.when': '2026-05', 'field.status': 'final', 'field.by': 'Dr Kim',
    })
  })

  it('reads parts, doses, persons and names of other kinds of record', () => {
    expect(facts('{"resourceType":"Observation","code":{"text":"Blood pressure"},"component":[{"code":{"text":"Systolic"},"valueQuantity":{"value":138,"unit":"mmHg"}},{"code":{"text":"Diastolic"},"valueQuantity":{"value":90,"unit":"mmHg"}}]}')['field.partOf']).toBe('Systolic 138 mmHg, Diastolic 90 mmHg')
    expect(facts('{"resourceType":"MedicationRequest","medicationCodeableConcept":{"text":"Aspirin"},"dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":1,"unit":"tablet"}}],"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}}}]}')['field.dose']).toBe('1 tablet, 2 × / 1 d')
    expect(facts('{"resourceType":"Patient","name":[{"family":"Lee","given":["Seo-yeon"]}],"birthDate":"1965-07-14"}')).toEqual({ 'field.name': 'Seo-yeon Lee', 'field.born': '1965-07-14' })
  })

  it('says why a value is missing, what each part means by its own range, and what stands inside the record itself', () => {
    expect(facts('{"resourceType":"Observation","component":[{"code":{"text":"Systolic"},"valueQuantity":{"value":107,"unit":"mmHg"},"interpretation":[{"text":"Low"}],"referenceRange":[{"low":{"value":110},"appliesTo":[{"text":"Adults"}]}]},{"code":{"text":"Diastolic"},"dataAbsentReason":{"text":"Not performed"}}]}')['field.partOf']).toBe('Systolic 107 mmHg (Low, ≥ 110 (Adults)), Diastolic Not performed')
    expect(facts('{"resourceType":"Observation","valueInteger":4,"referenceRange":[{"high":{"value":5},"type":{"text":"Women"}},{"high":{"value":7},"type":{"text":"Men"}}]}')['field.range']).toBe('≤ 5 (Women), ≤ 7 (Men)')
    expect(facts('{"resourceType":"MedicationAdministration","contained":[{"resourceType":"Medication","id":"m","ingredient":[{"itemCodeableConcept":{"text":"Potassium chloride"}}]}],"medicationReference":{"reference":"#m"}}')['field.what']).toBe('Potassium chloride')
  })

  it('says nothing about what it does not understand', () => {
    expect(readResource(utf8('[1]'))).toBeUndefined()
    expect(readResource(utf8('{"a":'))).toBeUndefined()
    expect(facts('{"resourceType":"Unheard","code":5,"period":[]}')).toEqual({ 'field.what': '5' })
  })
})
