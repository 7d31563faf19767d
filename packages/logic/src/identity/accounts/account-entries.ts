import type { KeyRecord, PartyRecord } from '@careledger/identity'
import { parseCanonical, partyPattern } from '@careledger/proof'
import { z } from 'zod'
import type { AcceptedEntry, EntryType, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { identityTables, isPatient, toPartyRow } from '../identity-rows.ts'

/** Media types: canonical `{ v: 1, party, account, issuer }` and `{ v: 1, account }`; `account` is a hash of issuer and subject. */
const LINK_MEDIA_TYPE = 'application/careledger-account+json'
const UNLINK_MEDIA_TYPE = 'application/careledger-account-end+json'
export const accountTable = 'account'

/** Row `account`; key = the account's id. One that is not there signs nobody in. */
export interface AccountRow {
  readonly party: string
  readonly organisation?: string | undefined
  /** Of the provider; says nothing of the person. */
  readonly issuer: string
  /** Id of the entry, and its date. */
  readonly entry: string
  readonly since: string
}

const account = z.string().regex(/^[\w-]{43}$/)
const link = z.strictObject({ v: z.literal(1), party: z.string().regex(partyPattern), account, issuer: z.string().max(512).refine((text) => URL.canParse(text)) })
const unlink = z.strictObject({ v: z.literal(1), account })

/** `account-linked`, by an organisation or an administrator of it for its staff, by the platform for its own people: never for a patient, never to two persons. */
export const accountLinked: EntryType = {
  payload: 'required',
  mediaTypes: [LINK_MEDIA_TYPE],
  subject: false,
  async project(context, accepted) {
    const { entry, author } = accepted
    const { party, account: id, issuer } = parsed(link, accepted)
    const record = toPartyRow(await context.row(identityTables.party, party))
    if (record?.kind !== 'person' || isPatient(record) || !mayLink(author, record)) throw refused(accepted, 'The author does not link accounts of this person.')
    if ((await context.row(accountTable, id)) !== undefined) throw new LogicError('ENTRY_CONFLICT', 'The account is linked already. Unlink it first.', { details: { id: entry.id } })
    const row: AccountRow = { party, ...(record.organisation === undefined ? {} : { organisation: record.organisation }), issuer, entry: entry.id, since: entry.issuedAt }
    return [{ table: accountTable, key: id, value: row as unknown as RowValue, indexes: { party, organisation: record.organisation ?? author.party } }]
  },
}

/** `account-unlinked`, by who may link it: what is signed in by it is out at the next call. */
export const accountUnlinked: EntryType = {
  payload: 'required',
  mediaTypes: [UNLINK_MEDIA_TYPE],
  subject: false,
  async project(context, accepted) {
    const { account: id } = parsed(unlink, accepted)
    const row = (await context.row(accountTable, id)) as unknown as AccountRow | undefined
    const record = row === undefined ? undefined : toPartyRow(await context.row(identityTables.party, row.party))
    if (record === undefined || !mayLink(accepted.author, record)) throw refused(accepted, 'The author does not link accounts of this person.')
    return [{ table: accountTable, key: id, value: null }]
  },
}

function mayLink(author: KeyRecord, { organisation }: PartyRecord): boolean {
  if (author.kind === 'platform') return organisation === undefined
  const own = author.kind === 'organisation' ? author.party : author.roles.includes('admin') ? author.organisation : undefined
  return own !== undefined && organisation === own
}

function parsed<T>(shape: z.ZodType<T>, { opening, entry }: Pick<AcceptedEntry, 'opening' | 'entry'>): T {
  const result = shape.safeParse(parseCanonical(opening?.payload ?? new Uint8Array()))
  if (!result.success) throw new LogicError('INPUT_MALFORMED', 'The payload does not have the documented form.', { details: { id: entry.id } })
  return result.data
}

function refused({ entry }: Pick<AcceptedEntry, 'entry'>, message: string): LogicError {
  return new LogicError('NOT_ALLOWED', message, { details: { id: entry.id } })
}
