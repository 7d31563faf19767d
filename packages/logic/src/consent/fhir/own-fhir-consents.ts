import type { Actor } from '@careledger/identity'
import { openRow } from '../../entries/rows.ts'
import type { ConsentRow } from '../../hospital/tables.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import type { ConsentTerms } from '../consent-terms.ts'
import { fromFhirConsent } from './from-fhir-consent.ts'
import { toFhirConsent } from './to-fhir-consent.ts'

/** One of the caller's own consents as FHIR R4 Consent. Errors: NOT_ALLOWED for another's and for one that does not exist. */
export async function readConsentAsFhir(parts: Parts, actor: Actor, id: string): Promise<Readonly<Record<string, unknown>>> {
  return parts.store.read(async (view) => {
    const projection = await view.projection('consent', id)
    const patient = projection?.indexes['patient']
    const owner = await view.projection('patient', patient ?? '')
    const custodian = owner?.indexes['custodian']
    const own = projection !== undefined && patient !== undefined && custodian !== undefined && owner?.indexes['party'] === actor.party
    const row = own ? ((await openRow(parts, projection, { custodian, patient })) as unknown as ConsentRow | undefined) : undefined
    if (row === undefined || patient === undefined || custodian === undefined) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    const state = row.withdrawnBy !== undefined ? 'withdrawn' : Date.parse(row.terms.expires) <= parts.now().getTime() ? 'expired' : 'active'
    return toFhirConsent({ id, given: row.given, custodian, patient, state }, row.terms)
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

/** The terms that the text of a FHIR R4 Consent says. Errors: INPUT_MALFORMED with `problems`. */
export function readFhirConsent(text: string, now: Date): ConsentTerms {
  let resource: unknown
  try {
    resource = JSON.parse(text)
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'The Consent is not JSON.', { cause })
  }
  return fromFhirConsent(resource, now)
}
