import { describeResource } from '../../../fhir/describe-resource.ts'
import { asObject, codingsIn, conceptCode, conceptText } from '../../../fhir/read-values.ts'
import { likeness, type Likeness, type Named } from './compare-medicine.ts'
import type { SafetyCode } from './safety-issue.ts'

/** A record to compare with: its entry, or its address where it stands in the same write. */
export interface ComparedRecord extends Named {
  readonly key: string
}

/** What the chart has that medicines are compared with. */
export interface MedicineFrame {
  readonly allergies: readonly ComparedRecord[]
  readonly prescriptions: readonly ComparedRecord[]
}

export interface FoundLikeness extends Likeness {
  readonly code: SafetyCode
  readonly key: string
  readonly about: string
}

const givenOn: ReadonlySet<string | undefined> = new Set(['active', 'on-hold', 'draft', 'unknown', undefined])

/** Whether a prescription or an allergy counts: what is stopped, finished, resolved or refuted does not. */
export function counts(type: string, value: unknown): boolean {
  const resource = asObject(value) ?? {}
  if (type === 'MedicationRequest') return givenOn.has(typeof resource['status'] === 'string' ? resource['status'] : undefined)
  const clinical = conceptCode(resource['clinicalStatus'])
  const verification = conceptCode(resource['verificationStatus'])
  return (clinical === undefined || clinical === 'active') && verification !== 'refuted' && verification !== 'entered-in-error'
}

/** What a prescription or an allergy is about. */
export function namedIn(type: string, value: unknown): Named {
  const resource = asObject(value) ?? {}
  const concept = resource[type === 'MedicationRequest' ? 'medicationCodeableConcept' : 'code']
  return { text: conceptText(concept) ?? describeResource(value).title, codings: codingsIn(concept) }
}

/** What in the chart, or earlier in the same write, speaks against a prescription or an allergy. */
export function medicineIssues(type: string, value: unknown, { allergies, prescriptions }: MedicineFrame): readonly FoundLikeness[] {
  if (!counts(type, value)) return []
  const named = namedIn(type, value)
  const alike = (code: SafetyCode, records: readonly ComparedRecord[], classes: boolean): readonly FoundLikeness[] => records.flatMap((record) => {
    const found = likeness(named, record, classes)
    return found === undefined ? [] : [{ ...found, code, key: record.key, about: record.text }]
  })
  return type === 'MedicationRequest' ? [...alike('allergy', allergies, true), ...alike('duplicate-therapy', prescriptions, false)] : alike('allergy-to-current', prescriptions, true)
}
