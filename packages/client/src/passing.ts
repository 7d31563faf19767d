import { canonicalBytes, type CanonicalValue } from '@careledger/proof'
import { signAs, withdrawalDraft, type ConsentTerms, type SubjectAt } from './consents.ts'
import type { CareLedgerClient } from './client-types.ts'

/** What of a consent is passed on, and to whom; what is not said is as the consent has it, sensitive kinds excepted: those not named stay behind. */
export interface PassingTerms extends Pick<ConsentTerms, 'grantee' | 'role' | 'types' | 'from' | 'to' | 'sensitive' | 'expires'> {
  /** Id of the consent. */
  readonly consent: string
}

/** What it was given for; default treatment. */
type Purpose = ConsentTerms['purpose']

/** Passes a consent on that its patient allowed to be, as who is signed in. The patient sees it at once. Errors: Problem. */
export async function passOn(client: CareLedgerClient, at: SubjectAt, terms: PassingTerms, purpose: Purpose = 'treatment') {
  const bytes = canonicalBytes(JSON.parse(JSON.stringify({ v: 1, ...terms })) as CanonicalValue)
  const entry = await signAs(client, { network: 'hospital', type: 'consent-passed-on', subject: at.subject, custodian: at.custodian, payload: { mediaType: 'application/careledger-consent-pass+json', bytes } })
  return client.hospital.passing.give.mutate({ entry, purpose })
}

/** Takes back what was passed on, by its own id. Errors: Problem. */
export async function takeBack(client: CareLedgerClient, at: SubjectAt, id: string, purpose: Purpose = 'treatment') {
  return client.hospital.passing.end.mutate({ entry: await signAs(client, withdrawalDraft(at, id)), purpose })
}
