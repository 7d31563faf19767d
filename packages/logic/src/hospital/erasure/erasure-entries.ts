import type { KeyRecord } from '@careledger/identity'
import type { AcceptedEntry, EntryType, ProjectContext, RowChange, RowValue, SealedFor } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { readPatient } from '../patient-entries.ts'
import { caseTable, orderChange, orderTable, type ErasureCase, type ErasureOrderRow } from './erasure-rows.ts'
import { ERASURE_ORDER_MEDIA_TYPE, ERASURE_PROPOSAL_MEDIA_TYPE, ERASURE_REFUSAL_MEDIA_TYPE, parseOrder, parseProposal, parseRefusal } from './erasure-payloads.ts'

/** Who proposes, refuses and takes back; and who approves what another one proposed. An organisation's own key approves too. */
export function mayPropose(author: Pick<KeyRecord, 'organisation' | 'roles'>, custodian: string): boolean {
  return author.organisation === custodian && author.roles.includes('records-clerk')
}
export function mayApprove(author: Pick<KeyRecord, 'party' | 'organisation' | 'roles'>, custodian: string): boolean {
  return mayPropose(author, custodian) || ((author.organisation === custodian || author.party === custodian) && author.roles.includes('admin'))
}

/** `erasure-requested`, by the person who is linked to the patient. */
export const erasureRequested: EntryType = {
  payload: 'none',
  subject: true,
  async project(context, accepted) {
    const { entry, author } = accepted
    const { at, value } = await readCase(context, accepted)
    if (value.party !== author.party) throw notAllowed(entry.id)
    if (value.row.approved !== undefined) throw problem(entry.id, 'ordered', 'The erasure is ordered already.')
    if (value.row.request !== undefined && value.row.refused === undefined) throw problem(entry.id, 'open', 'A request of yours waits for its answer.')
    const { proposed } = value.row
    return [caseChange(at, { request: { entry: entry.id, at: entry.issuedAt, party: author.party }, ...(proposed === undefined ? {} : { proposed }) })]
  },
}

/** `erasure-request-withdrawn`, `replaces` the request; until the second person has approved. What was proposed on it goes too. */
export const erasureRequestWithdrawn: EntryType = {
  payload: 'none',
  subject: true,
  async project(context, accepted) {
    const { entry, author } = accepted
    const { at, value } = await readCase(context, accepted)
    const { request, proposed, approved } = value.row
    if (value.party !== author.party) throw notAllowed(entry.id)
    if (request === undefined || request.entry !== entry.replaces || approved !== undefined) throw problem(entry.id, 'unknown', 'There is no such request that could be taken back.')
    return [caseChange(at, proposed?.ground === 'period-ended' ? { proposed } : {})]
  },
}

/** `erasure-refused`, `replaces` the request: the custodian's answer, with legal basis and until when. */
export const erasureRefused: EntryType = {
  payload: 'required',
  mediaTypes: [ERASURE_REFUSAL_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, author, opening } = accepted
    if (!mayPropose(author, entry.custodian)) throw notAllowed(entry.id)
    const { at, value } = await readCase(context, accepted)
    const { request, approved } = value.row
    if (request === undefined || request.entry !== entry.replaces || approved !== undefined) throw problem(entry.id, 'unknown', 'There is no such request that waits for its answer.')
    return [caseChange(at, { request, refused: { entry: entry.id, at: entry.issuedAt, reasons: parseRefusal(opening?.payload).reasons } })]
  },
}

/** `erasure-proposed`: the first of two people. Nothing happens by it. */
export const erasureProposed: EntryType = {
  payload: 'required',
  mediaTypes: [ERASURE_PROPOSAL_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, author, opening } = accepted
    if (!mayPropose(author, entry.custodian)) throw notAllowed(entry.id)
    const { ground, request } = parseProposal(opening?.payload)
    const { at, value } = await readCase(context, accepted)
    if (value.row.proposed !== undefined) throw problem(entry.id, 'proposed', 'It is proposed already and waits for a second person.')
    const open = value.row.refused === undefined ? value.row.request?.entry : undefined
    if (ground === 'request' ? request === undefined || request !== open : request !== undefined) throw problem(entry.id, 'unknown', 'There is no such request that waits for its answer.')
    return [caseChange(at, { ...value.row, proposed: { entry: entry.id, at: entry.issuedAt, by: author.party, ground } })]
  },
}

/** `erasure-proposal-withdrawn`, `replaces` the proposal; until it is approved. */
export const erasureProposalWithdrawn: EntryType = {
  payload: 'none',
  subject: true,
  async project(context, accepted) {
    const { entry, author } = accepted
    if (!mayApprove(author, entry.custodian)) throw notAllowed(entry.id)
    const { at, value } = await readCase(context, accepted)
    const { proposed, approved, ...rest } = value.row
    if (proposed === undefined || proposed.entry !== entry.replaces || approved !== undefined) throw problem(entry.id, 'unknown', 'There is no such proposal.')
    return [caseChange(at, rest)]
  },
}

/**
 * `erasure-approved`, `replaces` the proposal: the second person. From here on the instance erases, also after a crash. The entry is sealed
 * under the organisation's key, so that the order can be read and proven when the patient's keys are gone; a rebuild then finds no
 * patient any more and makes the order's row of the payload alone.
 */
export const erasureApproved: EntryType = {
  payload: 'required',
  mediaTypes: [ERASURE_ORDER_MEDIA_TYPE],
  subject: true,
  sealUnder: 'organisation',
  async project(context, accepted) {
    const { entry, author, opening, patient } = accepted
    if (!mayApprove(author, entry.custodian)) throw notAllowed(entry.id)
    const { proposal, proposer, request, asker } = parseOrder(opening?.payload)
    if (author.party === proposer) throw new LogicError('NOT_ALLOWED', 'Who proposed an erasure cannot approve it: a second person has to.', { details: { id: entry.id } })
    const changes: RowChange[] = []
    if (patient !== undefined) {
      const { at, value } = await readCase(context, accepted)
      const { proposed, approved, request: asked } = value.row
      const fits = proposed !== undefined && proposed.entry === entry.replaces && proposed.entry === proposal && proposed.by === proposer && approved === undefined
      const fitsRequest = proposed?.ground === 'request' ? asked?.entry === request && asked?.party === asker : request === undefined && asker === undefined
      if (!fits || !fitsRequest) throw problem(entry.id, 'unknown', 'There is no such proposal, or it says something else.')
      if (((await context.row('hold', at.patient, at)) as { readonly holds: readonly unknown[] } | undefined) !== undefined) throw problem(entry.id, 'held', 'A legal hold stands.')
      changes.push(caseChange(at, { ...value.row, approved: entry.id }))
    }
    await context.row(orderTable, entry.subject as string)
    const row: ErasureOrderRow = {
      custodian: entry.custodian, proposal, proposer, approval: entry.id, approver: author.party, approvedAt: entry.issuedAt,
      ...(request === undefined ? {} : { request }), ...(asker === undefined ? {} : { asker }),
    }
    return [...changes, orderChange(entry.subject as string, row)]
  },
}

/** What a hold that comes between order and erasure takes back; nothing where there is no order. */
export async function orderTakenBack(context: ProjectContext, subject: string, at: SealedFor): Promise<readonly RowChange[]> {
  const order = (await context.row(orderTable, subject)) as unknown as ErasureOrderRow | undefined
  const row = (await context.row(caseTable, at.patient, at)) as unknown as ErasureCase | undefined
  if (row?.proposed === undefined) return []
  const { request, refused } = row
  return [caseChange(at, { ...(request === undefined ? {} : { request }), ...(refused === undefined ? {} : { refused }) }), ...(order === undefined ? [] : [{ table: orderTable, key: subject, value: null }])]
}

function caseChange(at: SealedFor, row: ErasureCase): RowChange {
  const { custodian, patient } = at
  return { table: caseTable, key: patient, value: Object.keys(row).length === 0 ? null : (row as unknown as RowValue), sealedFor: at, indexes: { custodian, patient } }
}

async function readCase(context: ProjectContext, accepted: AcceptedEntry): Promise<{ readonly at: SealedFor; readonly value: { readonly party?: string | undefined; readonly row: ErasureCase } }> {
  const { patient, custodian, party } = await readPatient(context, accepted)
  const at = { custodian, patient }
  const row = ((await context.row(caseTable, patient, at)) ?? {}) as unknown as ErasureCase
  return { at, value: { party, row } }
}

function notAllowed(id: string): LogicError {
  return new LogicError('NOT_ALLOWED', 'Entries of this type are written by the patient, or by the custodian\'s own people with the role for it.', { details: { id } })
}

function problem(id: string, code: string, message: string): LogicError {
  return new LogicError('ENTRY_CONFLICT', message, { details: { id, problems: [{ path: 'replaces', code, message }] } })
}
