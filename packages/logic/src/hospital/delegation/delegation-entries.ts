import type { Guard, Projection } from '@careledger/data-spec'
import { parseCanonical, partyPattern } from '@careledger/proof'
import { z } from 'zod'
import type { AcceptedEntry, EntryType, ProjectContext, RowChange, RowValue, SealedFor } from '../../entries/network-definition.ts'
import { openRow } from '../../entries/rows.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { readPatient } from '../patient-entries.ts'
import { writesFor, type ActedBy } from '../tables.ts'

export const DELEGATION_MEDIA_TYPE = 'application/careledger-delegation+json'
export const DELEGATION_END_MEDIA_TYPE = 'application/careledger-delegation-end+json'

/** What a delegate may do in their own name: read the record; give and withdraw consents. */
export const DELEGATION_SCOPES = ['consent', 'read'] as const
export type DelegationScope = (typeof DELEGATION_SCOPES)[number]

/** Who acts for a patient, as what, for what, and until when. `chosen`: by the patient; the others are shown to the custodian by papers. */
export interface Delegation {
  readonly v: 1
  readonly delegate: string
  readonly basis: 'chosen' | 'parent' | 'legal-guardian'
  /** Ascending; nobody consents to the sharing of what they may not read. */
  readonly scope: readonly DelegationScope[]
  /** First day (UTC) on which it no longer holds: majority, or what was agreed. */
  readonly until: string
}

/** Row `delegation`, sealed; key = `<patient>/<delegate>`; indexes `patient`, `delegate`. Gone when it is ended; after `until` it stands and permits nothing. */
export interface DelegationRow extends Omit<Delegation, 'v'> { readonly id: string; readonly given: string }

export const delegationTable = 'delegation'
/** Longest time, in years: what a patient chooses themselves, and up to a child's majority. */
export const YEARS_MAX = { 'chosen': 5, 'parent': 21, 'legal-guardian': 21 } as const

const party = z.string().regex(partyPattern)
const delegation = z.strictObject({
  v: z.literal(1), delegate: party, basis: z.enum(['chosen', 'parent', 'legal-guardian']), scope: z.union([z.tuple([z.literal('read')]), z.tuple([z.literal('consent'), z.literal('read')])]), until: z.iso.date(),
})
const end = z.strictObject({ v: z.literal(1), delegate: party })

/** `delegation-given`, signed by the patient (`chosen`), or by a records clerk of the custodian who has seen the papers. Replaces what the same delegate had. */
export const delegationGiven: EntryType = {
  payload: 'required', mediaTypes: [DELEGATION_MEDIA_TYPE], subject: true,
  async project(context, accepted) {
    const { entry, author } = accepted
    const { party: self, custodian, patient } = await readPatient(context, accepted)
    const { v: _v, ...given } = parsed(delegation, accepted)
    const mayGive = given.basis === 'chosen' ? self === author.party : isClerk(author, custodian)
    if (!mayGive) throw refused(entry.id, 'Only the patient chooses a delegate; parents and legal guardians are recorded by the custodian\'s records clerks.')
    const from = new Date(entry.issuedAt)
    const latest = new Date(Date.UTC(from.getUTCFullYear() + YEARS_MAX[given.basis], from.getUTCMonth(), from.getUTCDate()))
    if (given.until <= entry.issuedAt.slice(0, 10) || given.until > latest.toISOString().slice(0, 10)) throw malformed('until', `The day lies ahead, at most ${YEARS_MAX[given.basis]} years.`)
    const delegate = (await context.row('party', given.delegate)) as { readonly kind?: string } | undefined
    if (delegate?.kind !== 'person' || given.delegate === self) throw malformed('delegate', 'A delegate is another person with a key here.')
    const row: DelegationRow = { ...given, id: entry.id, given: entry.issuedAt }
    return [{ table: delegationTable, key: delegationKey(patient, given.delegate), value: row as unknown as RowValue, sealedFor: { custodian, patient }, indexes: { patient, delegate: given.delegate } }]
  },
}

/** `delegation-ended`, signed by the patient, the delegate, or a records clerk of the custodian; `replaces` the delegation. It permits nothing from the commit on. */
export const delegationEnded: EntryType = {
  payload: 'required', mediaTypes: [DELEGATION_END_MEDIA_TYPE], subject: true,
  async project(context, accepted) {
    const { entry, author } = accepted
    const { party: self, custodian, patient } = await readPatient(context, accepted)
    const { delegate } = parsed(end, accepted)
    const row = await readDelegation(context, { custodian, patient }, delegate)
    if (row?.id !== entry.replaces) throw refused(entry.id, 'There is no such delegation.')
    if (author.party !== self && author.party !== delegate && !isClerk(author, custodian)) throw refused(entry.id, 'The author is nobody to this delegation.')
    return [{ table: delegationTable, key: delegationKey(patient, delegate), value: null } satisfies RowChange]
  },
}

/** What an entry's author signs as in the patient's stead at the time of the entry; `undefined`: nothing lets them. For the networks' projections. */
export async function delegatedInEntry(context: ProjectContext, { entry, author }: AcceptedEntry, sealedFor: SealedFor, scope: DelegationScope): Promise<ActedBy | undefined> {
  const row = await readDelegation(context, sealedFor, author.party)
  if (row === undefined || !row.scope.includes(scope) || row.until <= entry.issuedAt.slice(0, 10)) return undefined
  return { party: author.party, delegation: row.id, basis: row.basis }
}

export interface ActiveDelegation { readonly row: DelegationRow; readonly guard: Guard }

/** Where the relation of a patient and a party stands. */
export const delegationKey = (patient: string, party: string): string => `${patient}/${party}`

/** What the row found under `delegationKey` lets its delegate do now; `undefined`: nothing. `guard` must hold when what rests on it is written. */
export async function activeDelegation(parts: Pick<Parts, 'vaults' | 'now'>, found: Projection | undefined, sealedFor: SealedFor): Promise<ActiveDelegation | undefined> {
  const row = found === undefined ? undefined : ((await openRow(parts, found, sealedFor)) as unknown as DelegationRow | undefined)
  if (found === undefined || row === undefined || row.until <= parts.now().toISOString().slice(0, 10)) return undefined
  return { row, guard: { table: delegationTable, key: found.key, version: found.version } }
}

async function readDelegation(context: ProjectContext, sealedFor: SealedFor, delegate: string): Promise<DelegationRow | undefined> {
  return (await context.row(delegationTable, delegationKey(sealedFor.patient, delegate), sealedFor)) as unknown as DelegationRow | undefined
}

function isClerk(author: Parameters<typeof writesFor>[0], custodian: string): boolean {
  return writesFor(author, custodian) && author.roles.includes('records-clerk')
}

function parsed<T>(shape: z.ZodType<T>, { opening }: AcceptedEntry): T {
  const result = shape.safeParse(parseCanonical(opening?.payload ?? new Uint8Array()))
  if (!result.success) throw new LogicError('INPUT_MALFORMED', 'The payload does not have the documented form.', { details: { problems: result.error.issues.map(({ path, code, message }) => ({ path: path.join('.'), code, message })) } })
  return result.data
}

function refused(id: string, message: string): LogicError {
  return new LogicError('NOT_ALLOWED', message, { details: { id } })
}

function malformed(path: string, message: string): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { details: { problems: [{ path, code: 'invalid', message }] } })
}
