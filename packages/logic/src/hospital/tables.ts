import type { KeyRecord } from '@careledger/identity'
import type { Consent, ConsentTerms } from '../consent/consent-terms.ts'
import type { Sensitivity } from '../consent/sensitivity/kinds.ts'
import type { ChartFacts } from '../fhir/chart-facts.ts'
import type { OpenEmergency } from './emergency/emergency-row.ts'
import type { PatientFacts, PatientIdentifier } from '../fhir/patient-facts.ts'

/** Name of the network, and of its stream on ledgers. */
export const HOSPITAL = 'hospital'

/** Row `patient`, sealed; key = PatientId; indexes `custodian`, and `party` once linked. */
export interface PatientRow {
  readonly patient: string
  /** Pseudonym, base64url. */
  readonly subject: string
  readonly network: string
  readonly custodian: string
  /** Id of the `patient-registered` entry. */
  readonly registered: string
  readonly identifiers: readonly PatientIdentifier[]
  /** The person, once the custodian has linked them. */
  readonly party?: string | undefined
  /** From the newest Patient resource. */
  readonly banner?: Pick<PatientFacts, 'name' | 'birthDate' | 'gender' | 'localNumber'> | undefined
  /** Search tokens that stand in `patient-token`. */
  readonly tokens: readonly string[]
  /** How resources refer to the patient: `Patient/<id>`, `urn:uuid:<id>`. */
  readonly references: readonly string[]
}

/**
 * Row `record`, sealed; key = entry id; indexes `patient`; `type` and `content` as tokens of the patient's index key; and, where the resource has an
 * id, `address`: a token of `Type/id` under the custodian's own key.
 */
export interface RecordRow extends ChartFacts {
  readonly type: string
  readonly title: string
  readonly fhirId?: string | undefined
  readonly date?: string | undefined
  readonly status?: string | undefined
  readonly mediaType: string
  /** SHA-256 of the payload, base64url; what a repeated import finds the record by. */
  readonly content: string
  readonly author: string
  /** The author's `issuedAt`. */
  readonly recordedAt: string
  /** Entry that this one amends, and the one that amends it. */
  readonly replaces?: string | undefined
  readonly replacedBy?: string | undefined
  /** Sensitive kinds that a consent has to name, ascending; absent: none. */
  readonly sensitive?: readonly Sensitivity[] | undefined
}

/** Row `attachment`, sealed; key = entry id; index `patient`. Its bytes lie in a document; a record leads to it by `urn:uuid:<entry id>`. */
export interface AttachmentRow {
  readonly mediaType: string
  /** Bytes. */
  readonly size: number
  readonly author: string
  /** The author's `issuedAt`. */
  readonly recordedAt: string
}

/** Row `policy`, sealed; key = PatientId. Its version is the guard of every read under a consent. */
export interface PolicyRow {
  readonly consents: readonly Consent[]
  /** Emergencies that somebody has opened; absent: none. */
  readonly emergencies?: readonly OpenEmergency[] | undefined
}

/** Row `consent`, sealed; key = entry id; index `patient`. Kept after withdrawal, for the patient to see. */
export interface ConsentRow {
  readonly terms: ConsentTerms
  readonly given: string
  /** Who gave it in the patient's stead. */
  readonly actedBy?: ActedBy | undefined
  /** Which consent was passed on by it, and by whom. */
  readonly passedOn?: { readonly consent: string; readonly party: string; readonly organisation?: string | undefined } | undefined
  readonly withdrawnBy?: string | undefined
  readonly withdrawnActedBy?: ActedBy | undefined
}

/** Who signed in a patient's stead, under which delegation, as what. */
export interface ActedBy {
  readonly party: string
  readonly delegation: string
  readonly basis: 'chosen' | 'parent' | 'legal-guardian'
}

/**
 * Besides those above: `share`, plain {patient, consent, custodian}; key = `<patient>/<consent>`; indexes `grantee`, `patient`, and `ends` (day)
 * where epoch keys are handed out; gone with the consent's end.
 */
export const hospitalTables = {
  patient: { readBack: true },
  subject: { readBack: true },
  'patient-token': { readBack: true },
  /** Key = token of an identifier with its system; one patient each. */
  'patient-identifier': { readBack: true },
  record: { readBack: 'remade' },
  attachment: { readBack: 'remade' },
  policy: { readBack: true },
  consent: { readBack: true },
  share: { readBack: true },
  delegation: { readBack: true },
  'card-key': { readBack: true },
  'patient-merge': { readBack: true },
  'patient-distinct': { readBack: true },
  'record-origin': { readBack: false },
  custody: { readBack: false },
  'custody-offer': { readBack: true },
  'attachment-origin': { readBack: true },
  'custody-received': { readBack: true },
  'custody-order': { readBack: true },
  emergency: { readBack: true },
} as const

/** A `RowMark` for each patient, renewed by whatever changes a `record` row of theirs; key = PatientId. */
export const chartMarkTable = 'chart-mark'

export const recordTypeField = 'record-type'
export const recordContentField = 'record-content'
export const recordAddressField = 'record-address'

const writerRoles: readonly string[] = ['doctor', 'records-clerk', 'system']

/** Who writes a custodian's records: its doctors, records clerks and systems. */
export function writesFor(author: Pick<KeyRecord, 'organisation' | 'roles'>, custodian: string): boolean {
  return author.organisation === custodian && author.roles.some((role) => writerRoles.includes(role))
}
