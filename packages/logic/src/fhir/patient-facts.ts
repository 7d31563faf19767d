import type { HumanName, Identifier, Patient } from '@medplum/fhirtypes'

export interface PatientIdentifier {
  readonly system?: string | undefined
  readonly value: string
}

/** What a Patient resource says for the banner and for finding it again. */
export interface PatientFacts {
  readonly name?: string | undefined
  readonly birthDate?: string | undefined
  readonly gender?: string | undefined
  /** The medical record number, or else the first identifier. */
  readonly localNumber?: string | undefined
  readonly identifiers: readonly PatientIdentifier[]
  readonly families: readonly string[]
  readonly phones: readonly string[]
}

/** Most identifiers, family names and phone numbers that a patient can be found by; further ones are kept in the record only. */
const eachMax = 20

/** `patient`: a valid Patient resource. */
export function patientFacts(patient: Patient): PatientFacts {
  const identifiers = (patient.identifier ?? []).filter((identifier) => identifier.value !== undefined && identifier.value.length <= 128).slice(0, eachMax)
  const name = displayName(patient.name)
  const localNumber = (identifiers.find(isRecordNumber) ?? identifiers[0])?.value
  return {
    ...(name === undefined ? {} : { name }),
    ...(patient.birthDate === undefined ? {} : { birthDate: patient.birthDate }),
    ...(patient.gender === undefined ? {} : { gender: patient.gender }),
    ...(localNumber === undefined ? {} : { localNumber }),
    identifiers: identifiers.map(({ system, value }) => (system === undefined ? { value: value as string } : { system, value: value as string })),
    families: unique((patient.name ?? []).map((each) => each.family)),
    phones: unique((patient.telecom ?? []).filter((each) => each.system === 'phone' || each.system === 'sms').map((each) => each.value)),
  }
}

const isRecordNumber = (identifier: Identifier): boolean => identifier.type?.coding?.some((coding) => coding.code === 'MR') === true

const unique = (values: readonly (string | undefined)[]): readonly string[] => [...new Set(values.filter((value) => value !== undefined))].slice(0, eachMax)

/** The name in use: official before usual before any; never a former one unless it is the only one. */
export function displayName(names: readonly HumanName[] | undefined): string | undefined {
  const rank = (name: HumanName): number => ['official', 'usual', undefined, 'temp', 'nickname', 'anonymous', 'maiden', 'old'].indexOf(name.use)
  const [best] = [...(names ?? [])].sort((a, b) => rank(a) - rank(b))
  if (best === undefined) return undefined
  const text = best.text ?? [...(best.given ?? []), best.family].filter((part) => part !== undefined).join(' ')
  return text.trim() === '' ? undefined : text.trim()
}
