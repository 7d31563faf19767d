import { isBounded } from '../../consent/consent-terms.ts'
import type { AcceptedEntry, ProjectContext, SealedFor } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import type { PolicyRow } from '../tables.ts'
import { standingOrder } from './custody-orders.ts'
import type { CustodyTransfer } from './payloads.ts'

/** By whose word a record goes: the patient's consent, or an order with its legal basis; `receipt` where the order's transfer has one. */
export interface Ground {
  readonly consent?: string | undefined
  readonly order?: string | undefined
  readonly basis?: string | undefined
  readonly source?: string | undefined
  readonly receipt?: string | undefined
}

/** What a transfer, or the offer of one, rests on. Errors: NOT_ALLOWED where the patient has not agreed or has taken it back, or no confirmed order stands. */
export function groundOf(context: ProjectContext, accepted: AcceptedEntry, sealedFor: SealedFor, transfer: CustodyTransfer): Promise<Ground> {
  return transfer.v === 1 ? underConsent(context, accepted, sealedFor, transfer) : underOrder(context, accepted.entry, transfer)
}

/** Errors: NOT_ALLOWED. */
async function underConsent(context: ProjectContext, { entry }: AcceptedEntry, sealedFor: SealedFor, { to, consent }: { readonly to: string; readonly consent: string }): Promise<Ground> {
  const policy = (await context.row('policy', sealedFor.patient, sealedFor)) as unknown as PolicyRow | undefined
  const terms = policy?.consents.find(({ id, under }) => id === consent && under === undefined)?.terms
  const whole = terms !== undefined && terms.grantee === to && terms.purpose === 'patient-request' && !isBounded(terms)
  if (!whole || Date.parse(terms.expires) <= Date.parse(entry.issuedAt)) throw new LogicError('NOT_ALLOWED', 'The patient has not agreed to this transfer, or has taken it back.', { details: { id: entry.id } })
  return { consent }
}

/** Errors: NOT_ALLOWED. */
async function underOrder(context: ProjectContext, entry: AcceptedEntry['entry'], { to, order, receipt }: { readonly to: string; readonly order: string; readonly receipt?: string | undefined }): Promise<Ground> {
  const { basis, source } = await standingOrder(context, entry.custodian, { id: entry.id, order, to })
  return { order, basis, ...(source === undefined ? {} : { source }), ...(receipt === undefined ? {} : { receipt }) }
}
