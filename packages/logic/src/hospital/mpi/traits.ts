import type { HumanName, Patient } from '@medplum/fhirtypes'
import { normalisePhone } from '../../fhir/search-tokens.ts'
import { displayName, patientFacts, type PatientIdentifier } from '../../fhir/patient-facts.ts'

/** What two patients are compared by; out of a Patient resource. */
export interface PatientTraits {
  readonly name?: string | undefined
  readonly names: readonly { readonly family: string; readonly given: string }[]
  readonly birthDate?: string | undefined
  readonly sex?: string | undefined
  readonly phones: readonly string[]
  readonly addresses: readonly { readonly postalCode: string; readonly city: string; readonly line: string }[]
  readonly identifiers: readonly PatientIdentifier[]
}

/** Most names, phones and addresses that are compared. */
const eachMax = 8

export function patientTraits(patient: Patient): PatientTraits {
  const facts = patientFacts(patient)
  return {
    name: displayName(patient.name),
    names: (patient.name ?? []).slice(0, eachMax).map(toName).filter(({ family, given }) => family !== '' || given !== ''),
    birthDate: facts.birthDate, sex: facts.gender,
    phones: facts.phones.slice(0, eachMax).map(normalisePhone),
    addresses: (patient.address ?? []).slice(0, eachMax).map(({ postalCode, city, line }) => ({ postalCode: postalCode ?? '', city: city ?? '', line: (line ?? []).join(' ') })),
    identifiers: facts.identifiers,
  }
}

/** A name given as text only is taken apart: the last word is the family's, and a Hangul name begins with it. */
function toName({ family, given, text }: HumanName): PatientTraits['names'][number] {
  if (family !== undefined || given !== undefined) return { family: family ?? '', given: (given ?? []).join(' ') }
  const words = (text ?? '').trim().split(/\s+/)
  if (words.length === 1 && /^[가-힣]{2,5}$/.test(words[0] ?? '')) return { family: (words[0] as string).slice(0, 1), given: (words[0] as string).slice(1) }
  return { family: words.at(-1) ?? '', given: words.slice(0, -1).join(' ') }
}
