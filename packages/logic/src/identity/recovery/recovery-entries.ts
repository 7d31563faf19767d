import { jwkThumbprint, parseCredential, CREDENTIAL_MEDIA_TYPE } from '@careledger/proof'
import { toKeyRecord, type KeyRecord } from '@careledger/identity'
import type { AcceptedEntry, EntryType, ProjectContext, RowChange, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { identityTables, isOwnPerson, keyRow, toKeyRow, toPartyRow } from '../identity-rows.ts'
import { APPROVAL_MEDIA_TYPE, GUARDIANS_MEDIA_TYPE, parseApproval, parseGuardians, parseRecoveryRequest, RECOVERY_MEDIA_TYPE } from './payloads.ts'

/** Rows of recovery: what a person arranged, by party; who is whose guardian, by `<party>/<guardian>`; requests, by entry id. */
export const recoveryTables = { guardians: 'guardians', guardian: 'guardian', recovery: 'recovery' } as const

/** How long everybody waits where the person arranged nothing. */
export const WAIT_HOURS_DEFAULT = 72

export interface GuardiansRow { readonly entry: string; readonly guardians: readonly string[]; readonly threshold: number; readonly waitHours: number }
/** `by`: guardians, each of whom counts; or the organisation that vouches for its own person, the platform for one of no organisation. */
export interface RecoveryRow {
  readonly party: string
  readonly key: string
  readonly jwk: Readonly<Record<string, string>>
  readonly by: 'guardians' | 'organisation'
  readonly threshold: number
  readonly approvals: readonly string[]
  /** The request's `issuedAt`, which the operation holds against its own clock; and the first instant at which it can be completed. */
  readonly requested: string
  readonly from: string
  /** Who of several asks: the organisation, or the platform, whose operators share one list. Absent: guardians. */
  readonly asker?: string | undefined
  readonly stoppedBy?: string | undefined
}

/** The platform as `asker`; no party has this id. */
export const PLATFORM_ASKER = '*'

/** `guardians-arranged`, signed by a person about themselves; replaces what they arranged before. */
const guardiansArranged: EntryType = {
  payload: 'required', mediaTypes: [GUARDIANS_MEDIA_TYPE], subject: false,
  async project(context, accepted) {
    const { author, entry } = accepted
    const { guardians, threshold, waitHours } = parseGuardians(payloadOf(accepted))
    if (author.kind !== 'person' || guardians.includes(author.party)) throw refused(accepted, 'A person chooses other persons as guardians.')
    for (const one of guardians) if (toPartyRow(await context.row(identityTables.party, one))?.kind !== 'person') throw refused(accepted, 'A guardian is a person with a key here.')
    const before = (await context.row(recoveryTables.guardians, author.party)) as unknown as GuardiansRow | undefined
    const row: GuardiansRow = { entry: entry.id, guardians, threshold, waitHours }
    return [
      { table: recoveryTables.guardians, key: author.party, value: row as unknown as RowValue },
      ...(before?.guardians ?? []).filter((one) => !guardians.includes(one)).map((one): RowChange => ({ table: recoveryTables.guardian, key: `${author.party}/${one}`, value: null })),
      ...guardians.map((one): RowChange => ({ table: recoveryTables.guardian, key: `${author.party}/${one}`, value: { party: author.party }, indexes: { guardian: one } })),
    ]
  },
}

/** `recovery-requested`, signed by a guardian, whose first approval it is, or by the organisation or an administrator of it. */
const recoveryRequested: EntryType = {
  payload: 'required', mediaTypes: [RECOVERY_MEDIA_TYPE], subject: false,
  async project(context, accepted) {
    const { author, entry } = accepted
    const { party, key } = parseRecoveryRequest(payloadOf(accepted))
    const person = toPartyRow(await context.row(identityTables.party, party))
    const thumbprint = jwkThumbprint(key)
    if (person?.kind !== 'person' || (await context.row(identityTables.key, thumbprint)) !== undefined) throw refused(accepted, 'There is no such person, or the key is enrolled already.')
    const arranged = (await context.row(recoveryTables.guardians, party)) as unknown as GuardiansRow | undefined
    const isGuardian = arranged?.guardians.includes(author.party) === true
    // For its own staff an organisation vouches; patients, and persons of no organisation, have guardians, and the platform.
    const organisation = isOwnPerson(person) ? undefined : person.organisation
    const by = isGuardian && organisation === undefined ? 'guardians' : isOrganisationOf(author, organisation) ? 'organisation' : undefined
    if (by === undefined) throw refused(accepted, 'The author is no guardian of this person and not their organisation.')
    const waitMs = (arranged?.waitHours ?? WAIT_HOURS_DEFAULT) * 3_600_000
    const row: RecoveryRow = {
      party, key: thumbprint, jwk: { ...key }, by, threshold: by === 'guardians' ? (arranged as GuardiansRow).threshold : 1, approvals: [author.party],
      ...(by === 'organisation' ? { asker: organisation ?? PLATFORM_ASKER } : {}), requested: entry.issuedAt, from: new Date(Date.parse(entry.issuedAt) + waitMs).toISOString(),
    }
    return [requestRow(entry.id, row)]
  },
}

/** `recovery-approved`, signed by a further guardian; `replaces` the request and names the key, so that one approval is good for one key. */
const recoveryApproved: EntryType = {
  payload: 'required', mediaTypes: [APPROVAL_MEDIA_TYPE], subject: false,
  async project(context, accepted) {
    const { author } = accepted
    const [id, row] = await openRequest(context, accepted)
    const arranged = (await context.row(recoveryTables.guardians, row.party)) as unknown as GuardiansRow | undefined
    if (row.by !== 'guardians' || arranged?.guardians.includes(author.party) !== true) throw refused(accepted, 'The author is no guardian of this person.')
    if (parseApproval(payloadOf(accepted)) !== row.key) throw refused(accepted, 'The approval is for another key.')
    return [requestRow(id, { ...row, approvals: [...new Set([...row.approvals, author.party])] })]
  },
}

/** `recovery-stopped`, signed by the person with any key in force, or by whoever asked; `replaces` the request. */
const recoveryStopped: EntryType = {
  payload: 'none', subject: false,
  async project(context, accepted) {
    const [id, row] = await openRequest(context, accepted)
    const asked = accepted.author.party === row.approvals[0] || (row.asker !== undefined && isOrganisationOf(accepted.author, row.asker === PLATFORM_ASKER ? undefined : row.asker))
    if (accepted.author.party !== row.party && !asked) throw refused(accepted, 'Only the person, or who asked for them, stops a recovery.')
    return [requestRow(id, { ...row, stoppedBy: accepted.entry.id })]
  },
}

/**
 * `key-recovered`, written by the platform's system once enough guardians have approved and the time is over (the log knows no time: the system
 * vouches for it). Enrols the key for the party as it is. The key rests on what the system rests on, not on the system's own key.
 */
const keyRecovered: EntryType = {
  payload: 'required', mediaTypes: [CREDENTIAL_MEDIA_TYPE], subject: false,
  async project(context, accepted) {
    const { entry, author } = accepted
    const [, row] = await openRequest(context, accepted)
    const credential = parseCredential(payloadOf(accepted))
    const party = toPartyRow(await context.row(identityTables.party, row.party))
    if (credential.party !== row.party || jwkThumbprint(credential.key) !== row.key || !credential.roles.every((role) => party?.roles.includes(role))) throw refused(accepted, 'The credential is not what was asked for.')
    if (row.approvals.length < row.threshold) throw refused(accepted, 'Too few have approved.')
    const record = toKeyRecord({ entryId: entry.id, type: entry.type, credential, author, party })
    if (toKeyRow(await context.row(identityTables.key, record.thumbprint)) !== undefined) throw new LogicError('ENTRY_CONFLICT', 'The key is enrolled already.', { details: { id: entry.id } })
    return [keyRow({ ...record, issuers: author.issuers })]
  },
}

export const recoveryTypes = { 'guardians-arranged': guardiansArranged, 'recovery-requested': recoveryRequested, 'recovery-approved': recoveryApproved, 'recovery-stopped': recoveryStopped, 'key-recovered': keyRecovered }

function isOrganisationOf(author: KeyRecord, organisation: string | undefined): boolean {
  if (organisation === undefined) return author.kind === 'platform' || (author.organisation === undefined && author.roles.includes('operator'))
  // An administrator may ask; only the organisation's own key enrols.
  return author.kind === 'organisation' ? author.party === organisation : author.organisation === organisation && author.roles.includes('admin')
}

async function openRequest(context: ProjectContext, accepted: AcceptedEntry): Promise<readonly [string, RecoveryRow]> {
  const { replaces } = accepted.entry
  const row = replaces === undefined ? undefined : ((await context.row(recoveryTables.recovery, replaces)) as unknown as RecoveryRow | undefined)
  if (row === undefined || replaces === undefined || row.stoppedBy !== undefined) throw refused(accepted, 'There is no such request under way.')
  return [replaces, row]
}

function requestRow(id: string, row: RecoveryRow): RowChange {
  return { table: recoveryTables.recovery, key: id, value: row as unknown as RowValue, indexes: { party: row.party, key: row.key, ...(row.asker === undefined ? {} : { asker: row.asker }) } }
}

function payloadOf({ opening }: AcceptedEntry): Uint8Array {
  if (opening === undefined) throw new LogicError('INPUT_MALFORMED', 'Entries of this type carry a payload.')
  return opening.payload
}

function refused({ entry }: AcceptedEntry, message: string): LogicError {
  return new LogicError('NOT_ALLOWED', message, { details: { id: entry.id } })
}
