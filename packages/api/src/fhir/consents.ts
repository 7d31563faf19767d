import { canonicalBytes, toBase64url } from '@careledger/proof'
import type { CanonicalValue } from '@careledger/proof'
import { consents } from '../contracts/hospital/consents.ts'
import { etagOf, locationOf } from './bundle-text.ts'
import { callOperation } from './fhir-server.ts'
import type { FhirAnswer, FhirCall, FhirServer } from './fhir-server.ts'
import { FhirRefusal } from './outcome.ts'

export const CONSENT = 'Consent'
const MEDIA_TYPE = 'application/careledger-consent+json'

/** What a signed entry beside a Consent does; `undefined`: it is none of a consent, so the Consent is a record like others. */
export function consentEntry(signed: FhirCall['signed']): 'consent-given' | 'consent-withdrawn' | undefined {
  const type = /"type":"(consent-(?:given|withdrawn))"/.exec(signed?.entry ?? '')?.[1]
  return type as ReturnType<typeof consentEntry>
}

/**
 * `POST /Consent` gives a consent, `PUT /Consent/<id>` with status `inactive` withdraws it. Both are the patient's own: the entry comes signed with
 * their key, committed to the terms that the Consent says. `undefined`: a Consent to be kept as a record. Errors: Problem; FhirRefusal 403 for a patient
 * who sends no entry, 422 for a Consent that says something else than its entry.
 */
export async function answerConsent(at: FhirServer, call: FhirCall): Promise<FhirAnswer | undefined> {
  const { interaction, signed, body = '' } = call
  if ((interaction.kind !== 'create' && interaction.kind !== 'update') || interaction.type !== CONSENT) return undefined
  const entry = consentEntry(signed)
  if (signed === undefined || entry === undefined) {
    const { actor } = at.context
    if (actor === undefined || !actor.roles.every((role) => role === 'patient')) return undefined
    throw new FhirRefusal(403, 'forbidden', 'A consent is given and withdrawn with the patient\'s own key: send the signed entry in CareLedger-Entry, and the salt of the terms in CareLedger-Opening.')
  }
  if (interaction.kind === 'create') return give(at, call, signed)
  if (entry !== 'consent-withdrawn') throw new FhirRefusal(422, 'business-rule', 'What a consent says is not changed: withdraw it and give another.')
  const { id, status } = JSON.parse(body) as { readonly id?: unknown; readonly status?: unknown }
  const names = /"replaces":"([^"]+)"/.exec(signed.entry)?.[1]
  if (interaction.id === undefined || id !== interaction.id || names !== id || status !== 'inactive') throw new FhirRefusal(422, 'business-rule', 'A withdrawal is PUT /Consent/<id> with that id and status inactive, and its entry replaces that consent.')
  const receipt = await callOperation(at, consents.withdraw, { entry: { entry: signed.entry, signature: signed.signature } })
  return shown(at, call, 200, interaction.id, receipt.id)
}

async function give(at: FhirServer, call: FhirCall, { entry, signature, salt }: NonNullable<FhirCall['signed']>): Promise<FhirAnswer> {
  const { terms } = await callOperation(at, consents.fromFhir, { resource: call.body ?? '' })
  const payload = toBase64url(canonicalBytes(JSON.parse(JSON.stringify(terms)) as CanonicalValue))
  const { id } = await callOperation(at, consents.give, { entry: { entry, signature, opening: { salt, mediaType: MEDIA_TYPE, payload } } })
  return shown(at, call, 201, id, id)
}

async function shown(at: FhirServer, { preferences }: FhirCall, status: number, id: string, version: string): Promise<FhirAnswer> {
  const headers = { location: locationOf(at.base, CONSENT, id, version), etag: etagOf(version) }
  if (preferences.answer === 'minimal') return { status, headers }
  return { status, text: (await callOperation(at, consents.toFhir, { id })).resource, headers }
}
