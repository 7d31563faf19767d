import { describe, expect, it } from 'vitest'
import { medicineWarnings } from './check-medicine.ts'
import { vitalChange, vitalProblem } from './check-vital.ts'
import { VITAL_SIGNS, type VitalKey } from './vital-signs.ts'

const sign = (key: VitalKey) => VITAL_SIGNS.find((one) => one.key === key)!
const record = (text: string, ...codes: readonly string[]) => ({ id: text, text, codings: codes.map((code) => ({ system: 'http://snomed.info/sct', code })) })
const warn = (medicine: string, allergies: readonly string[], prescriptions: readonly string[] = []) =>
  medicineWarnings({ text: medicine }, allergies.map((text) => record(text)), prescriptions.map((text) => record(text))).map(({ code, because, record: { text } }) => `${code} ${because} ${text}`)

describe('a typed vital sign', () => {
  it('is blocked where no living person has it, and asked once where it is far from usual', () => {
    const verdict = (key: VitalKey, text: string) => vitalProblem(sign(key), text)?.kind
    expect([verdict('temperature', '365'), verdict('temperature', '14.1'), verdict('saturation', '101'), verdict('heartRate', '-1')]).toEqual(['impossible', 'impossible', 'impossible', 'impossible'])
    expect([verdict('temperature', '43.1'), verdict('heartRate', '231'), verdict('systolic', '251'), verdict('respiratoryRate', '3')]).toEqual(['unlikely', 'unlikely', 'unlikely', 'unlikely'])
    expect([verdict('temperature', '36.50'), verdict('heartRate', ' 72 '), verdict('weight', ''), verdict('weight', '250')]).toEqual([undefined, undefined, undefined, undefined])
    expect(verdict('weight', '82,4')).toBe('number')
  })

  it('has its likely bounds inside its possible ones, in the unit of its code', () => {
    for (const { key, possible, likely } of VITAL_SIGNS) expect([key, possible[0] <= likely[0] && likely[0] < likely[1] && likely[1] <= possible[1]]).toEqual([key, true])
    expect(new Set(VITAL_SIGNS.map(({ code }) => code)).size).toBe(VITAL_SIGNS.length)
  })

  it('shows its change with the digits of the finer value', () => {
    expect([vitalChange('82.4', '82'), vitalChange('82', '82.40'), vitalChange('82.0', '82'), vitalChange('x', '82'), vitalChange('82', undefined)]).toEqual(['+0.4', '−0.40', '0.0', undefined, undefined])
  })
})

describe('a medicine', () => {
  it('is warned about where an allergy names it, its class or its code', () => {
    expect(warn('Amoxicillin 500 mg oral capsule', ['Allergy to penicillin'])).toEqual(['ALGY class Allergy to penicillin'])
    expect(warn('Ibuprofen 400 mg', ['Ibuprofen'])).toEqual(['ALGY ingredient Ibuprofen'])
    expect(warn('아목시실린 캡슐', ['페니실린 알레르기'])).toEqual(['ALGY class 페니실린 알레르기'])
    const coded = medicineWarnings({ text: 'X', codings: [{ system: 'http://snomed.info/sct', code: '7' }] }, [record('Y', '7'), record('Z', '8')], [])
    expect(coded.map(({ because, record: { text } }) => [because, text])).toEqual([['code', 'Y']])
  })

  it('is warned about where the same ingredient is prescribed already', () => {
    expect(warn('Lisinopril 20 mg', [], ['Lisinopril 10 mg oral tablet', 'Metformin 500 mg extended-release oral tablet'])).toEqual(['DUPTHPY ingredient Lisinopril 10 mg oral tablet'])
  })

  it('is not warned about by what only stands beside an ingredient', () => {
    expect(warn('Metformin 500 mg extended-release oral tablet', ['Allergy to latex', 'Drug allergy'], ['Lisinopril 10 mg oral tablet'])).toEqual([])
  })
})
