import type { AcceptedEntry, EntryType, ProjectContext, RowChange, RowValue, SealedFor } from '../../entries/network-definition.ts'
import type { SubjectRow } from '../../entries/find-patient.ts'
import { LogicError } from '../../logic-error.ts'
import { notTheirs, readPatient } from '../patient-entries.ts'
import { writesFor } from '../tables.ts'
import { groundOf } from './custody-grounds.ts'
import { CUSTODY_ANSWER_MEDIA_TYPE, CUSTODY_MEDIA_TYPE, parseOfferAnswer, parseTransfer, REFUSAL_REASONS, type OfferAnswer } from './payloads.ts'

/**
 * Row `custody-offer`, sealed; key = PatientId; indexes `patient`, `custodian` and `receiver`. The newest offer of this patient's record: both hospitals
 * and the patient see how it stands.
 */
export interface OfferRow {
  /** The `custody-offered` entry, its author and time. */
  readonly entry: string
  readonly by: string
  readonly at: string
  readonly to: string
  readonly consent?: string | undefined
  readonly order?: string | undefined
  readonly basis?: string | undefined
  readonly state: 'open' | 'refused' | 'taken-back' | 'taken'
  /** Of who ended it. */
  readonly answer?: { readonly entry: string; readonly by: string; readonly at: string; readonly reason?: OfferAnswer['reason'] | undefined; readonly words?: string | undefined } | undefined
}

export const offerTable = 'custody-offer'

/** `custody-offered`, by the custodian that would give the record away, on the ground that the transfer itself will need. One stands at a time. */
export const custodyOffered: EntryType = {
  payload: 'required',
  mediaTypes: [CUSTODY_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, opening, author } = accepted
    if (!writesFor(author, entry.custodian)) throw notTheirs(entry.id)
    const transfer = parseTransfer(opening?.payload)
    const at = await placeOf(context, accepted)
    const receiver = (await context.row('party', transfer.to)) as { readonly kind?: unknown } | undefined
    if (transfer.to === entry.custodian || receiver?.kind !== 'organisation') throw new LogicError('INPUT_MALFORMED', 'The record is offered to another organisation that is known here.', { details: { id: entry.id, path: 'to' } })
    const subject = (await context.row('subject', entry.subject as string)) as unknown as SubjectRow
    if (subject.moved !== undefined) throw conflict(entry.id, 'moved', 'The record was transferred before.')
    if ((await offerOf(context, at))?.state === 'open') throw conflict(entry.id, 'open', 'An offer stands already. Take it back first.')
    const { receipt: _receipt, source: _source, ...ground } = await groundOf(context, accepted, at, transfer)
    return [offerChange(at, { entry: entry.id, by: author.party, at: entry.issuedAt, to: transfer.to, ...ground, state: 'open' })]
  },
}

/** `custody-offer-refused`, `replaces` the offer: by the people of the hospital that it was made to, with a reason that the sender and the patient read. */
export const custodyOfferRefused: EntryType = {
  payload: 'required',
  mediaTypes: [CUSTODY_ANSWER_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    return answer(context, accepted, 'refused', ({ to }) => writesFor(accepted.author, to))
  },
}

/** `custody-offer-taken-back`, `replaces` the offer: by the custodian that made it. */
export const custodyOfferTakenBack: EntryType = {
  payload: 'required',
  mediaTypes: [CUSTODY_ANSWER_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    return answer(context, accepted, 'taken-back', () => writesFor(accepted.author, accepted.entry.custodian))
  },
}

async function answer(context: ProjectContext, accepted: AcceptedEntry, state: 'refused' | 'taken-back', may: (offer: OfferRow) => boolean): Promise<readonly RowChange[]> {
  const { entry, opening, author } = accepted
  const { reason, words } = parseOfferAnswer(opening?.payload)
  const at = await placeOf(context, accepted)
  const offer = await offerOf(context, at)
  if (offer === undefined || !may(offer)) throw notTheirs(entry.id)
  if (offer.entry !== entry.replaces || offer.state !== 'open') throw conflict(entry.id, 'unknown', 'There is no such offer that stands.')
  if (REFUSAL_REASONS.some((one) => one === reason) !== (state === 'refused') && reason !== 'other') throw new LogicError('INPUT_MALFORMED', 'This is no reason for that.', { details: { id: entry.id, path: 'reason' } })
  return [offerChange(at, { ...offer, state, answer: { entry: entry.id, by: author.party, at: entry.issuedAt, reason, ...(words === undefined ? {} : { words }) } })]
}

/** What a transfer does to the offer before it. Errors: ENTRY_CONFLICT where another hospital was offered the record, or this one has refused it. */
export async function offerTaken(context: ProjectContext, { entry, author }: AcceptedEntry, at: SealedFor, to: string): Promise<readonly RowChange[]> {
  const offer = await offerOf(context, at)
  if (offer === undefined) return []
  if (offer.state === 'open' && offer.to !== to) throw conflict(entry.id, 'offered-elsewhere', 'The record is offered to another hospital. Take that back first.')
  if (offer.state === 'refused' && offer.to === to) throw conflict(entry.id, 'refused', 'That hospital has refused the record.')
  return offer.state === 'open' ? [offerChange(at, { ...offer, state: 'taken', answer: { entry: entry.id, by: author.party, at: entry.issuedAt } })] : []
}

async function placeOf(context: ProjectContext, accepted: AcceptedEntry): Promise<SealedFor> {
  const { custodian, patient } = await readPatient(context, accepted)
  return { custodian, patient }
}

async function offerOf(context: ProjectContext, at: SealedFor): Promise<OfferRow | undefined> {
  return (await context.row(offerTable, at.patient, at)) as unknown as OfferRow | undefined
}

function offerChange(at: SealedFor, row: OfferRow): RowChange {
  return { table: offerTable, key: at.patient, value: row as unknown as RowValue, sealedFor: at, indexes: { patient: at.patient, custodian: at.custodian, receiver: row.to } }
}

function conflict(id: string, code: string, message: string): LogicError {
  return new LogicError('ENTRY_CONFLICT', message, { details: { id, problems: [{ path: 'replaces', code, message }] } })
}
