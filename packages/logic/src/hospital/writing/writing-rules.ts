/** Where a resource type says what became of a record, and with which words. */
export interface AmendmentStatus {
  /** `status`, or another element that carries it. */
  readonly element: 'status' | 'docStatus' | 'verificationStatus'
  /** Of an amended version; empty where R4 has no word for it, and then any status will do. */
  readonly amended: readonly string[]
}

export interface WritingRule {
  /** Who of the custodian's people may write it. */
  readonly roles: readonly string[]
  /** Elements that name who wrote it: a party named there by `urn:careledger:party` must be the caller. */
  readonly author: readonly string[]
  /** `undefined`: R4 gives the type no such element. */
  readonly status?: AmendmentStatus | undefined
}

const all = ['doctor', 'records-clerk']
/** What only a doctor may sign: it makes somebody else act. */
const doctors = ['doctor']
/** What makes somebody else act. */
export const ACTING_TYPES: readonly string[] = ['MedicationRequest', 'ServiceRequest']
const noWord: AmendmentStatus = { element: 'status', amended: [] }

/**
 * Who may write what in the chart, and what an amendment of it says. A type that is not here is not written but imported.
 * Status words: the R4 value sets observation-status, composition-status (as docStatus), condition-ver-status, allergyintolerance-verification,
 * medicationrequest-status, request-status, clinicalimpression-status, event-status, immunization-status.
 */
export const WRITING_RULES: Readonly<Record<string, WritingRule>> = {
  DocumentReference: { roles: all, author: ['author'], status: { element: 'docStatus', amended: ['amended'] } },
  ClinicalImpression: { roles: doctors, author: ['assessor'], status: noWord },
  Condition: { roles: all, author: ['recorder'], status: { element: 'verificationStatus', amended: [] } },
  AllergyIntolerance: { roles: all, author: ['recorder'], status: { element: 'verificationStatus', amended: [] } },
  MedicationRequest: { roles: doctors, author: ['requester'], status: noWord },
  MedicationStatement: { roles: all, author: [], status: noWord },
  ServiceRequest: { roles: doctors, author: ['requester'], status: noWord },
  Observation: { roles: all, author: ['performer'], status: { element: 'status', amended: ['amended', 'corrected'] } },
  Procedure: { roles: doctors, author: ['recorder'], status: noWord },
  Immunization: { roles: doctors, author: [], status: noWord },
  Provenance: { roles: all, author: [] },
}

export const WITHDRAWN = 'entered-in-error'

/** Types that somebody with these roles may write. */
export function writableTypes(roles: readonly string[]): readonly string[] {
  return Object.entries(WRITING_RULES).flatMap(([type, rule]) => (rule.roles.some((role) => roles.includes(role)) ? [type] : []))
}
