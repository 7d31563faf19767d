import type { CodeableConcept, Coding } from '@medplum/fhirtypes'
import { PURPOSE_CODES } from '../consent/fhir/codes.ts'
import type { DecisionRecord } from '../decisions/decision-record.ts'

/** Code systems of DICOM, HL7 and IHE that BALP 1.1 names, and our own identifiers. */
export const systems = {
  dicom: 'http://dicom.nema.org/resources/ontology/DCM',
  eventType: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  restful: 'http://hl7.org/fhir/restful-interaction',
  lifecycle: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle',
  participation: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  roleClass: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass',
  actReason: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  participant: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
  snomed: 'http://snomed.info/sct',
  entityType: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  objectRole: 'http://terminology.hl7.org/CodeSystem/object-role',
  sourceType: 'http://terminology.hl7.org/CodeSystem/security-source-type',
  /** RFC 9278. */
  thumbprint: 'urn:ietf:params:oauth:jwk-thumbprint:sha-256',
  uri: 'urn:ietf:rfc:3986',
  operation: 'urn:careledger:operation',
  party: 'urn:careledger:party',
  kind: 'urn:careledger:party-kind',
  patient: 'urn:careledger:patient',
  instance: 'urn:careledger:instance',
} as const

/** How the patterns of BALP are named. */
export const profile = (name: string): string => `https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.${name}`

export const coding = (system: keyof typeof systems, code: string, display?: string): Coding => ({ system: systems[system], code, ...(display === undefined ? {} : { display }) })
export const concept = (system: keyof typeof systems, code: string, display?: string): CodeableConcept => ({ coding: [coding(system, code, display)] })

/** Purpose of use in HL7's words (v3-ActReason): emergency treatment, where the glass was broken. */
export const reasonOf = ({ rule, purpose }: Pick<DecisionRecord, 'rule' | 'purpose'>): string => (rule === 'emergency' ? 'ETREAT' : PURPOSE_CODES[purpose])

/** Create, read, update, delete, execute (R4 audit-event-action). */
export type AuditAction = 'C' | 'R' | 'U' | 'D' | 'E'

const words = (action: AuditAction, text: string): (readonly [string, AuditAction])[] => text.split(' ').map((word) => [word, action])

/** What an operation does, by the last word of its name; every name that is audited ends in one of these, and a test says so. */
const ACTIONS: ReadonlyMap<string, AuditAction> = new Map([
  ...words('C', 'add create commit give issue enrol open ask transaction start begin writeOrder offer finish'),
  ...words('R', 'read detail summary proof readByLedgerId states file part origin preview check prepare medications trends timeline news everything history choices receipt answer explain status codes unlock case state attachments vread run'),
  ...words('E', 'list find search duplicates compare due records decisions subjects mine reviews consents offers'),
  ...words('U', 'update patch set hold release decide close settle retry replay setAside grant revoke withdraw stop pause resume plan vouch recognise end approve review rename request complete cancel append arrange endOther endAll revokeKey link unlink rotate'),
  ...words('D', 'remove discard'),
])

/** What an operation does. Unknown names give `undefined`: executed, and no more is said. */
export const actionOf = (operation: string): AuditAction | undefined => ACTIONS.get(operation.slice(operation.lastIndexOf('.') + 1))

/** The interaction of FHIR's REST that an action is nearest to, and BALP's pattern for it. */
export const INTERACTIONS: Readonly<Record<AuditAction, { readonly interaction: string; readonly pattern: string }>> = {
  C: { interaction: 'create', pattern: 'Create' },
  R: { interaction: 'read', pattern: 'Read' },
  U: { interaction: 'update', pattern: 'Update' },
  D: { interaction: 'delete', pattern: 'Delete' },
  E: { interaction: 'search-type', pattern: 'Query' },
}

/** Events that DICOM PS3.15 has a type for, by operation or the beginning of its name. */
export const SECURITY_EVENTS: readonly (readonly [string, { readonly type: CodeableConcept; readonly subtype?: Coding }])[] = [
  ['hospital.emergency.open', { type: concept('dicom', '110113', 'Security Alert'), subtype: coding('dicom', '110127', 'Emergency Override Started') }],
  ['hospital.emergency.end', { type: concept('dicom', '110113', 'Security Alert'), subtype: coding('dicom', '110128', 'Emergency Override Stopped') }],
  ['session.start', { type: concept('dicom', '110114', 'User Authentication'), subtype: coding('dicom', '110122', 'Login') }],
  ['session.end', { type: concept('dicom', '110114', 'User Authentication'), subtype: coding('dicom', '110123', 'Logout') }],
  ['session.', { type: concept('dicom', '110114', 'User Authentication') }],
  ['identity.', { type: concept('dicom', '110137', 'User Security Attributes Changed') }],
  ['hospital.audit.', { type: concept('dicom', '110101', 'Audit Log Used') }],
  ['platform.', { type: concept('dicom', '110129', 'Security Configuration') }],
]
