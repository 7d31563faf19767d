import { canonicalBytes } from '@careledger/proof'
import type { CanonicalValue } from '@careledger/proof'
import type { CareLedgerClient } from '../client-types.ts'
import { signAs, type SubjectAt } from '../consents.ts'

/** An offer as `hospital.custody.offers` gives it. */
export type CustodyOffer = Awaited<ReturnType<CareLedgerClient['hospital']['custody']['offers']['query']>>['items'][number]

export const CUSTODY_REFUSAL_REASONS = ['no-capacity', 'not-our-care', 'incomplete', 'proof-failed', 'patient-unknown', 'other'] as const
export const CUSTODY_TAKE_BACK_REASONS = ['patient-changed-mind', 'sent-in-error', 'refused-elsewhere', 'other'] as const
type RefusalReason = (typeof CUSTODY_REFUSAL_REASONS)[number]
type TakeBackReason = (typeof CUSTODY_TAKE_BACK_REASONS)[number]

/** The custodian offers a record to another hospital, on the patient's consent or a confirmed order. Errors: Problem NOT_ALLOWED, ENTRY_CONFLICT where an offer stands. */
export async function offerCustody(client: CareLedgerClient, at: SubjectAt, offer: { readonly to: string } & ({ readonly consent: string } | { readonly order: string })) {
  return write(client, at, 'custody-offered', 'application/careledger-custody+json', { v: 'consent' in offer ? 1 : 2, ...offer })
}

/** The hospital that the record is offered to does not take it. Sender and patient read the reason. Errors: Problem ENTRY_CONFLICT where the offer does not stand. */
export async function refuseCustodyOffer(client: CareLedgerClient, { entry, subject, custodian }: Pick<CustodyOffer, 'entry' | 'subject' | 'custodian'>, answer: { readonly reason: RefusalReason; readonly words?: string | undefined }) {
  return write(client, { subject, custodian }, 'custody-offer-refused', answerType, { v: 1, ...answer }, entry)
}

/** The custodian takes its offer back. Errors: as `refuseCustodyOffer`. */
export async function takeBackCustodyOffer(client: CareLedgerClient, { entry, subject, custodian }: Pick<CustodyOffer, 'entry' | 'subject' | 'custodian'>, answer: { readonly reason: TakeBackReason; readonly words?: string | undefined }) {
  return write(client, { subject, custodian }, 'custody-offer-taken-back', answerType, { v: 1, ...answer }, entry)
}

const answerType = 'application/careledger-custody-answer+json'

async function write(client: CareLedgerClient, at: SubjectAt, type: string, mediaType: string, payload: object, replaces?: string) {
  const bytes = canonicalBytes(JSON.parse(JSON.stringify(payload)) as CanonicalValue)
  const entry = await signAs(client, { network: 'hospital', type, subject: at.subject, custodian: at.custodian, payload: { mediaType, bytes }, ...(replaces === undefined ? {} : { replaces }) })
  return client.hospital.custody.offer.mutate({ entry })
}
