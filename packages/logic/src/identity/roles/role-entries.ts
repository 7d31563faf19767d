import type { KeyRecord, RoleGrant } from '@careledger/identity'
import { emptyStatusBits, fromUtf8, jwkThumbprint, newlySet, openVc, parseDidKey, parseDidWeb, parseRoleDocument, parseStatusList, readVc, roleProblem, STATUS_LIST_LENGTH, VC_JWT_MEDIA_TYPE, type StatusList } from '@careledger/proof'
import type { AcceptedEntry, EntryType, RowChange, RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import { identityTables, keyRow, toKeyRow } from '../identity-rows.ts'

export const roleTables = { credential: 'role-credential', list: 'role-status-list' } as const

/** Row `role-credential`; key = `<organisation>/<list>/<index>`. */
export interface RoleRow {
  readonly id: string
  readonly organisation: string
  readonly party: string
  /** Thumbprint of the holder's key. */
  readonly key: string
  readonly role: string
  readonly from: string
  readonly until: string
  readonly list: number
  readonly index: number
  readonly revokedBy?: string | undefined
}

/** Row `role-status-list`; key = `<organisation>/<list>`: the newest credential of the list, and the first place on it that nobody has. */
export interface StatusListRow {
  readonly organisation: string
  readonly list: number
  readonly jwt: string
  readonly entry: string
  readonly next: number
}

/** Role credentials of one key that have not ended. */
const grantsMax = 16
/** Credentials that one entry takes back. */
const takenBackMax = 64

/**
 * `role-granted`, signed by an organisation: the payload is the role credential itself, and from here on the key's row says so. Every call reads that
 * row, so there is nothing else to look up and nothing to keep fresh.
 */
export const roleGranted: EntryType = {
  payload: 'required',
  mediaTypes: [VC_JWT_MEDIA_TYPE],
  subject: false,
  async project(context, accepted) {
    const { entry, author } = accepted
    const terms = parseRoleDocument(await openVc(jwtOf(accepted), author.jwk))
    const problem = organisationProblem(author) ?? roleProblem(terms, author.party) ?? (terms.id === entry.id ? undefined : 'The credential belongs to another entry.')
    if (problem !== undefined) throw refused(accepted, problem)
    const listKey = `${author.party}/${terms.list}`
    const list = (await context.row(roleTables.list, listKey)) as unknown as StatusListRow | undefined
    if (list === undefined || issuerOf(list) !== terms.issuer) throw refused(accepted, 'The organisation has entered no such status list.')
    if ((await context.row(roleTables.credential, `${listKey}/${terms.index}`)) !== undefined) throw new LogicError('ENTRY_CONFLICT', 'This place on the status list is taken.', { details: { id: entry.id } })
    const holder = toKeyRow(await context.row(identityTables.key, jwkThumbprint(parseDidKey(terms.holder))))
    if (holder === undefined || holder.party !== terms.party || holder.organisation !== author.party || holder.foreign !== undefined) throw refused(accepted, 'The key is of nobody in this organisation.')
    if (holder.revokedBy !== undefined || holder.retiredBy !== undefined || holder.roles.includes('patient')) throw refused(accepted, 'A key that is out of use, or a patient\'s, is given no role.')
    const former = (holder.granted ?? []).filter(({ until }) => until > entry.issuedAt)
    if (former.length >= grantsMax) throw refused(accepted, `A key has at most ${grantsMax} role credentials that have not ended.`)
    const { id, party, role, from, until, index } = terms
    const grant: RoleGrant = { id, role, from, until, list: terms.list, index, issuers: [author.thumbprint, ...author.issuers] }
    const row: RoleRow = { id, organisation: author.party, party, key: holder.thumbprint, role, from, until, list: terms.list, index }
    return [
      keyRow({ ...holder, granted: [...former, grant] }),
      roleRow(row),
      { table: roleTables.list, key: listKey, value: { ...list, next: Math.max(list.next, index + 1) } as unknown as RowValue, indexes: { organisation: author.party } },
    ]
  },
}

/** `role-status-listed`, signed by an organisation: the payload is the credential of one of its status lists. What was taken back once stays so. */
export const roleStatusListed: EntryType = {
  payload: 'required',
  mediaTypes: [VC_JWT_MEDIA_TYPE],
  subject: false,
  async project(context, accepted) {
    const { entry, author } = accepted
    const jwt = jwtOf(accepted)
    const list = await parseStatusList(await openVc(jwt, author.jwk))
    const problem = organisationProblem(author) ?? (parseDidWeb(list.issuer).organisation === author.party ? undefined : 'The list names another organisation as its issuer.')
    if (problem !== undefined) throw refused(accepted, problem)
    const key = `${author.party}/${list.list}`
    const former = (await context.row(roleTables.list, key)) as unknown as StatusListRow | undefined
    if (former !== undefined && issuerOf(former) !== list.issuer) throw refused(accepted, 'A status list keeps its address.')
    const taken = newlySet(former === undefined ? emptyStatusBits() : (await listOf(former)).bits, list.bits)
    if (taken === undefined) throw refused(accepted, 'A credential that was taken back stays so.')
    if (taken.length > takenBackMax) throw new LogicError('INPUT_TOO_LARGE', `One entry takes back at most ${takenBackMax} credentials.`, { details: { id: entry.id } })
    const rows: RowChange[] = [{ table: roleTables.list, key, value: { organisation: author.party, list: list.list, jwt, entry: entry.id, next: former?.next ?? 0 }, indexes: { organisation: author.party } }]
    const holders = new Map<string, KeyRecord>()
    for (const index of taken) {
      const row = (await context.row(roleTables.credential, `${key}/${index}`)) as unknown as RoleRow | undefined
      if (row === undefined) throw refused(accepted, 'The list takes back a credential that was never given.')
      rows.push(roleRow({ ...row, revokedBy: entry.id }))
      const holder = holders.get(row.key) ?? toKeyRow(await context.row(identityTables.key, row.key))
      if (holder?.granted !== undefined) holders.set(row.key, { ...holder, granted: holder.granted.map((grant) => (grant.id === row.id ? { ...grant, revokedBy: entry.id } : grant)) })
    }
    return [...rows, ...[...holders.values()].map(keyRow)]
  },
}

export const listOf = async ({ jwt }: StatusListRow): Promise<StatusList> => parseStatusList(readVc(jwt))

/** Lists still to come have room. */
export const isFull = ({ next }: StatusListRow): boolean => next >= STATUS_LIST_LENGTH

function issuerOf({ jwt }: StatusListRow): string {
  return (readVc(jwt) as { readonly issuer: string }).issuer
}

function roleRow(row: RoleRow): RowChange {
  const { id, organisation, party, key } = row
  return { table: roleTables.credential, key: `${organisation}/${row.list}/${row.index}`, value: row as unknown as RowValue, indexes: { id, organisation, party, key } }
}

function jwtOf({ opening, entry }: Pick<AcceptedEntry, 'opening' | 'entry'>): string {
  if (opening === undefined) throw new LogicError('INPUT_MALFORMED', 'Entries of this type carry a credential.', { details: { id: entry.id } })
  return fromUtf8(opening.payload)
}

function organisationProblem(author: Pick<KeyRecord, 'kind' | 'foreign'>): string | undefined {
  return author.kind === 'organisation' && author.foreign === undefined ? undefined : 'Only an organisation\'s own key gives roles and takes them back.'
}

function refused({ entry }: Pick<AcceptedEntry, 'entry'>, message: string): LogicError {
  return new LogicError('NOT_ALLOWED', message, { details: { id: entry.id } })
}
