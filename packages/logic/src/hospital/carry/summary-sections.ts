/** One section of the International Patient Summary, in the order of the guide. Codes: LOINC. */
export interface SummarySection {
  readonly title: string
  readonly code: string
  readonly display: string
  /** Required sections stand even when empty, and say why. */
  readonly required: boolean
  /** What the narrative says of an empty one. */
  readonly none: string
  readonly types: readonly string[]
  /** For Observations: the category that belongs here. */
  readonly category?: 'laboratory' | 'vital-signs'
  /** Newest of one code; results and vital signs repeat. */
  readonly perCode?: number
}

/** HL7 IPS Implementation Guide, Composition sections: three required, four more where there is something to say. */
export const SUMMARY_SECTIONS: readonly SummarySection[] = [
  { title: 'Allergies and intolerances', code: '48765-2', display: 'Allergies and adverse reactions Document', required: true, none: 'This record says nothing of allergies.', types: ['AllergyIntolerance'] },
  { title: 'Medications', code: '10160-0', display: 'History of Medication use Narrative', required: true, none: 'This record says nothing of medicines.', types: ['MedicationRequest', 'MedicationStatement'] },
  { title: 'Problems', code: '11450-4', display: 'Problem list - Reported', required: true, none: 'This record says nothing of health problems.', types: ['Condition'] },
  { title: 'Immunizations', code: '11369-6', display: 'History of Immunization Narrative', required: false, none: '', types: ['Immunization'] },
  { title: 'Procedures', code: '47519-4', display: 'History of Procedures Document', required: false, none: '', types: ['Procedure'] },
  { title: 'Results', code: '30954-2', display: 'Relevant diagnostic tests/laboratory data Narrative', required: false, none: '', types: ['Observation', 'DiagnosticReport'], category: 'laboratory', perCode: 3 },
  { title: 'Vital signs', code: '8716-3', display: 'Vital signs', required: false, none: '', types: ['Observation'], category: 'vital-signs', perCode: 1 },
]

/** What no summary repeats: entered by mistake, refuted, not done, or over. */
export const NOT_SUMMARISED: Readonly<Record<string, ReadonlySet<string>>> = {
  status: new Set(['entered-in-error', 'cancelled', 'not-done', 'stopped', 'draft', 'unknown']),
  verificationStatus: new Set(['entered-in-error', 'refuted']),
  clinicalStatus: new Set(['inactive', 'resolved']),
}
