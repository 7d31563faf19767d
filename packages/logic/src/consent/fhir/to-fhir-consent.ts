import type { ConsentException, ConsentTerms } from '../consent-terms.ts'
import { labelOfKind } from '../sensitivity/kinds.ts'
import { DIRECT_EXTENSION, PURPOSE_CODES, SYSTEMS } from './codes.ts'

/** What a Consent says beside its terms. */
export interface ConsentFacts {
  /** Id of the `consent-given` entry: the resource's id. */
  readonly id: string
  readonly given: string
  readonly custodian: string
  readonly patient: string
  readonly state: 'active' | 'expired' | 'withdrawn'
}

/**
 * A consent as a FHIR R4 Consent. The root provision permits, its security labels name what is included: `N` for everything that is not
 * sensitive, and each sensitive kind that is; nested provisions deny. What it says is exactly what `fromFhirConsent` reads.
 */
export function toFhirConsent({ id, given, custodian, patient, state }: ConsentFacts, terms: ConsentTerms): Readonly<Record<string, unknown>> {
  const { grantee, role, types, categories, from, to, sensitive = [], except = [], purpose, expires, direct, passOn } = terms
  return {
    resourceType: 'Consent',
    id,
    status: state === 'active' ? 'active' : 'inactive',
    scope: concept(SYSTEMS.scope, 'patient-privacy'),
    category: [concept(SYSTEMS.category, '59284-0')],
    patient: { reference: `Patient/${patient}`, identifier: { system: 'urn:careledger:patient', value: patient } },
    dateTime: given,
    organization: [{ identifier: { system: SYSTEMS.party, value: custodian } }],
    policyRule: concept(SYSTEMS.policy, 'OPTOUT'),
    provision: {
      ...(direct ? { extension: [{ url: DIRECT_EXTENSION, valueBoolean: true }] } : {}),
      type: 'permit',
      period: { end: expires },
      actor: [{ role: { coding: [coding(SYSTEMS.participation, 'IRCP'), ...(role === undefined ? [] : [coding(SYSTEMS.role, role)])] }, reference: party(grantee) }],
      action: [concept(SYSTEMS.action, 'access'), ...(passOn === true ? [concept(SYSTEMS.action, 'disclose')] : [])],
      securityLabel: [coding(SYSTEMS.confidentiality, 'N'), ...sensitive.map(labelOfKind)],
      purpose: [coding(SYSTEMS.purpose, PURPOSE_CODES[purpose])],
      ...scopeOf({ types, categories, from, to }),
      ...(except.length === 0 ? {} : { provision: except.map(toDeny) }),
    },
  }
}

function toDeny({ people, ...scope }: ConsentException): object {
  return { type: 'deny', ...(people === undefined ? {} : { actor: people.map((one) => ({ role: { coding: [coding(SYSTEMS.participation, 'IRCP')] }, reference: party(one) })) }), ...scopeOf(scope) }
}

function scopeOf({ types, categories, from, to }: Pick<ConsentTerms, 'types' | 'categories' | 'from' | 'to'>): object {
  return {
    ...(types === undefined ? {} : { class: types.map((type) => coding(SYSTEMS.resource, type)) }),
    ...(categories === undefined ? {} : { code: categories.map((category) => ({ coding: [categoryCoding(category)] })) }),
    ...(from === undefined && to === undefined ? {} : { dataPeriod: { ...(from === undefined ? {} : { start: from }), ...(to === undefined ? {} : { end: to }) } }),
  }
}

function categoryCoding(category: string): { readonly system?: string; readonly code: string } {
  const at = category.indexOf('|')
  return at === 0 ? { code: category.slice(1) } : coding(category.slice(0, at), category.slice(at + 1))
}

const coding = (system: string, code: string) => ({ system, code })
const concept = (system: string, code: string) => ({ coding: [coding(system, code)] })
const party = (value: string) => ({ identifier: { system: SYSTEMS.party, value } })
