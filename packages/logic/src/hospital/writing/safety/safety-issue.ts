/** What the checks can find. Stable; forms have their words by these. */
export type SafetyCode = 'allergy' | 'allergy-to-current' | 'duplicate-therapy' | 'unlikely-value' | 'impossible-value' | 'pressure-order'

export interface SafetyRule {
  /** `refused`: it is not written. `warning`: it is written where its author says why, in the resource that is signed. */
  readonly severity: 'refused' | 'warning'
  /** v3-ActCode of the DetectedIssue that acknowledges it. */
  readonly act?: string | undefined
  /** What is wrong, without a word out of any record. */
  readonly message: string
}

/** Every check of this project, once: forms, the command line, REST and imports of one's own writing show and obey these. */
export const SAFETY_RULES: Readonly<Record<SafetyCode, SafetyRule>> = {
  allergy: { severity: 'warning', act: 'ALGY', message: 'A recorded allergy speaks against this medicine.' },
  'allergy-to-current': { severity: 'warning', act: 'ALGY', message: 'A medicine that the patient has now is one of what this allergy is to.' },
  'duplicate-therapy': { severity: 'warning', act: 'DUPTHPY', message: 'The same ingredient is prescribed already and active.' },
  'unlikely-value': { severity: 'warning', act: 'VALIDAT', message: 'The value is far from anything usual.' },
  'impossible-value': { severity: 'refused', message: 'No living person has this value.' },
  'pressure-order': { severity: 'refused', message: 'The diastolic pressure is below the systolic one.' },
}

/** One thing that speaks against a resource as it is written. */
export interface SafetyIssue {
  /** The resource, or the place in it. */
  readonly path: string
  readonly code: SafetyCode
  readonly severity: SafetyRule['severity']
  readonly message: string
  /** What an acknowledgement names: `urn:uuid:<entry>` or `Type/id` of the record that speaks against it, or the LOINC code of the value. */
  readonly key: string
  /** v3-ActCode that the acknowledgement carries. */
  readonly act?: string | undefined
  /** The resource holds an acknowledgement of it with a reason. */
  readonly acknowledged: boolean
  /** The record that speaks against it, in its own words. */
  readonly about?: string | undefined
  /** Of a medicine: the same code, the same ingredient by its words, or one of the same class. */
  readonly because?: 'code' | 'ingredient' | 'class' | undefined
  /** The class, where that is why. */
  readonly group?: string | undefined
  /** Of a value: as written, its unit, and the bound that it passes. */
  readonly value?: string | undefined
  readonly unit?: string | undefined
  readonly side?: 'below' | 'above' | undefined
  readonly bound?: number | undefined
}
