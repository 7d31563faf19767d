import type { GranteeRole, Purpose } from '../consent-terms.ts'

/** Code systems that a Consent of ours uses. Source: FHIR R4 Consent and its bindings; IHE PCF for `provision.type` at the root. */
export const SYSTEMS = {
  scope: 'http://terminology.hl7.org/CodeSystem/consentscope',
  category: 'http://loinc.org',
  policy: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  purpose: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  participation: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  action: 'http://terminology.hl7.org/CodeSystem/consentaction',
  resource: 'http://hl7.org/fhir/resource-types',
  confidentiality: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  /** Party ids, `organisation`, `person` or `system` alike. */
  party: 'urn:careledger:party',
  role: 'urn:careledger:role',
} as const

/** v3 PurposeOfUse (ActReason) for each of our purposes; one to one. */
export const PURPOSE_CODES: Readonly<Record<Purpose, string>> = { 'treatment': 'TREAT', 'payment': 'HPAYMT', 'research': 'HRESCH', 'operations': 'HOPERAT', 'patient-request': 'PATRQT' }

export const purposeOf = (code: string): Purpose | undefined => (Object.keys(PURPOSE_CODES) as Purpose[]).find((purpose) => PURPOSE_CODES[purpose] === code)
export const isGranteeRole = (code: string): code is GranteeRole => ['doctor', 'records-clerk', 'system'].includes(code)

/** Our own flag that FHIR has no element for, as an extension of the root provision: the grantee may query the ledger directly. */
export const DIRECT_EXTENSION = 'urn:careledger:consent-direct'
