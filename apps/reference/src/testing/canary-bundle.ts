/** Words of a patient who does not exist; none of them may stand in an error, a log line or on the ledger. */
export const canaries = ['Canarowski', 'Quillfeather', 'MRN-CANARY', '1931-12-29', 'Canary-itis'] as const

/** The first canary found in a text. */
export function canaryIn(text: string): string | undefined {
  return canaries.find((word) => text.includes(word))
}

export interface CanaryBundle {
  readonly identifier: string
  /** How many observations come with the patient. Default 3. */
  readonly observations?: number
  /** Characters of each observation's note. Default a few. */
  readonly noteLength?: number
}

/** A valid FHIR R4 collection bundle of that patient. */
export function canaryBundle({ identifier, observations = 3, noteLength = 12 }: CanaryBundle): string {
  const patient = {
    resourceType: 'Patient', id: 'canary', identifier: [{ system: 'urn:example:mrn', value: identifier }],
    name: [{ family: 'Canarowski', given: ['Quillfeather'] }], birthDate: '1931-12-29', gender: 'female',
  }
  const entries = Array.from({ length: observations }, (_, index) => ({
    fullUrl: `https://seoul-general.example/fhir/Observation/canary-${index}`,
    resource: {
      resourceType: 'Observation', id: `canary-${index}`, status: 'final', code: { text: 'Canary-itis' }, subject: { reference: 'Patient/canary' },
      effectiveDateTime: `2024-0${1 + (index % 9)}-05`, valueQuantity: { value: 80 + index, unit: 'kg' }, note: [{ text: 'Canary-itis '.padEnd(noteLength, 'x') }],
    },
  }))
  return JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: 'https://seoul-general.example/fhir/Patient/canary', resource: patient }, ...entries] }, null, 1)
}
