import type { KeyRecord } from '@careledger/identity'
import type { EntryType, ProjectContext, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { CUSTODY_ORDER_MEDIA_TYPE, parseCustodyOrder } from './payloads.ts'

/** Row `custody-order`, plain; key = custodian: it closes, and who takes its records over without asking each patient. */
export interface CustodyOrderRow {
  readonly to: string
  readonly basis: string
  readonly source?: string | undefined
  /** The `custody-ordered` entry, with its author and time. */
  readonly entry: string
  readonly by: string
  readonly at: string
  /** The platform's `custody-order-confirmed` entry; nothing moves before. */
  readonly confirmed?: { readonly entry: string; readonly at: string } | undefined
}

export const custodyOrderTable = 'custody-order'

/** The custodian's own key, or one of its administrators. */
export function mayOrderCustody(author: Pick<KeyRecord, 'party' | 'organisation' | 'roles'>, custodian: string): boolean {
  return (author.party === custodian || author.organisation === custodian) && author.roles.includes('admin')
}

/** `custody-ordered`: a custodian that closes says who takes its records over, and on what legal basis. It replaces what was ordered before. */
export const custodyOrdered: EntryType = {
  payload: 'required',
  mediaTypes: [CUSTODY_ORDER_MEDIA_TYPE],
  subject: false,
  async project(context, { entry, opening, author }) {
    if (!mayOrderCustody(author, entry.custodian)) throw notTheirs(entry.id)
    const { to, basis, source } = parseCustodyOrder(opening?.payload)
    const receiver = (await context.row('party', to)) as { readonly kind?: unknown } | undefined
    if (to === entry.custodian || receiver?.kind !== 'organisation') throw new LogicError('INPUT_MALFORMED', 'The record goes to another organisation that is known here.', { details: { id: entry.id, path: 'to' } })
    await context.row(custodyOrderTable, entry.custodian)
    const row: CustodyOrderRow = { to, basis, ...(source === undefined ? {} : { source }), entry: entry.id, by: author.party, at: entry.issuedAt }
    return [{ table: custodyOrderTable, key: entry.custodian, value: row as unknown as RowValue }]
  },
}

/** `custody-order-confirmed`, `replaces` the order: the platform has looked at the legal basis. */
export const custodyOrderConfirmed: EntryType = {
  payload: 'none',
  subject: false,
  async project(context, { entry, author }) {
    if (author.kind !== 'platform') throw new LogicError('NOT_ALLOWED', 'The platform confirms an order of custody.', { details: { id: entry.id } })
    const row = await orderOf(context, entry.custodian)
    if (row === undefined || row.entry !== entry.replaces || row.confirmed !== undefined) throw unknown(entry.id)
    return [{ table: custodyOrderTable, key: entry.custodian, value: { ...row, confirmed: { entry: entry.id, at: entry.issuedAt } } as unknown as RowValue }]
  },
}

/** `custody-order-ended`, `replaces` the order: by the custodian or the platform. What moved under it stays where it is. */
export const custodyOrderEnded: EntryType = {
  payload: 'none',
  subject: false,
  async project(context, { entry, author }) {
    if (author.kind !== 'platform' && !mayOrderCustody(author, entry.custodian)) throw notTheirs(entry.id)
    const row = await orderOf(context, entry.custodian)
    if (row === undefined || row.entry !== entry.replaces) throw unknown(entry.id)
    return [{ table: custodyOrderTable, key: entry.custodian, value: null }]
  },
}

/** The order that a transfer names. Errors: NOT_ALLOWED where it does not stand, is not confirmed, or goes elsewhere. */
export async function standingOrder(context: ProjectContext, custodian: string, named: { readonly id: string; readonly order: string; readonly to: string }): Promise<CustodyOrderRow> {
  const row = await orderOf(context, custodian)
  if (row?.confirmed === undefined || row.entry !== named.order || row.to !== named.to) throw new LogicError('NOT_ALLOWED', 'There is no confirmed order for this transfer.', { details: { id: named.id } })
  return row
}

async function orderOf(context: ProjectContext, custodian: string): Promise<CustodyOrderRow | undefined> {
  return (await context.row(custodyOrderTable, custodian)) as unknown as CustodyOrderRow | undefined
}

function unknown(id: string): LogicError {
  return new LogicError('ENTRY_CONFLICT', 'There is no such order, or it was replaced.', { details: { id, problems: [{ path: 'replaces', code: 'unknown', message: 'There is no such order, or it was replaced.' }] } })
}

function notTheirs(id: string): LogicError {
  return new LogicError('NOT_ALLOWED', 'A custodian\'s own key or administrator orders this.', { details: { id } })
}
