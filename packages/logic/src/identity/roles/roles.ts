import type { ReadView } from '@careledger/data-spec'
import { grantersOf, grantState, type Actor, type GrantState } from '@careledger/identity'
import { didWebOf, fromUtf8, parseProof, ROLE_FILE_FORMAT, roleFileBytes, utf8 } from '@careledger/proof'
import { readRow } from '../../entries/rows.ts'
import { buildProofIn } from '../../log/build-proof.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { identityTables, toKeyRow } from '../identity-rows.ts'
import { isFull, roleTables, type RoleRow, type StatusListRow } from './role-entries.ts'

/** What an organisation needs to sign its next role credential. */
export interface RolePlace {
  /** Its did:web at this address. */
  readonly issuer: string
  readonly list: number
  readonly index: number
  /** The list's newest credential; absent: enter the list first. */
  readonly statusList?: string | undefined
}

/** A role credential as the organisation and its holder see it. */
export interface RoleItem extends Omit<RoleRow, 'revokedBy'> {
  readonly state: GrantState
}

/** The next free place of the lists of the caller's organisation. With `list`, that list as it stands, for taking back what is on it. */
export async function nextRolePlace(parts: Parts, actor: Actor, origin: string, list?: number): Promise<RolePlace> {
  const organisation = actor.organisation ?? actor.party
  const issuer = didWebOf(origin, organisation)
  return reading(parts, async (view) => {
    for (let number = list ?? 0; ; number++) {
      const row = await listRow(view, organisation, number)
      if (row === undefined) return { issuer, list: number, index: 0 }
      if (list !== undefined || !isFull(row)) return { issuer, list: number, index: row.next, statusList: row.jwt }
    }
  })
}

/** One page of role credentials: of the whole organisation to its own key and its administrators, of the caller's party to everybody else. */
export async function listRoles(parts: Parts, actor: Actor, page: { readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly items: readonly RoleItem[]; readonly next?: string | undefined }> {
  const organisation = actor.kind === 'organisation' ? actor.party : actor.roles.includes('admin') ? actor.organisation : undefined
  return reading(parts, async (view) => {
    const found = await view.find({ table: roleTables.credential, index: organisation === undefined ? 'party' : 'organisation', equals: organisation ?? actor.party, after: page.after, limit: page.limit })
    const rows = found.rows.map((row) => readRow(row) as unknown as RoleRow)
    return { items: await withStates(view, rows, parts.now()), ...(found.next === undefined ? {} : { next: found.next }) }
  })
}

/** The newest credential of an organisation's status list, as the log has it. `undefined`: there is no such list. */
export async function readStatusList(parts: Parts, organisation: string, list: number): Promise<string | undefined> {
  return reading(parts, async (view) => (await listRow(view, organisation, list))?.jwt)
}

/**
 * The file by which the holder of a role credential shows it to anybody, who verifies it offline: for its holder, and its organisation. Errors: NOT_ALLOWED;
 * UNAVAILABLE while no checkpoint holds the entries yet.
 */
export async function readRoleFile(parts: Parts, actor: Actor, id: string): Promise<{ readonly file: string; readonly anchored: boolean }> {
  return reading(parts, async (view) => {
    const { rows: [found] } = await view.find({ table: roleTables.credential, index: 'id', equals: id, limit: 1 })
    const row = found === undefined ? undefined : (readRow(found) as unknown as RoleRow)
    const own = row !== undefined && (row.party === actor.party || row.organisation === actor.party || (row.organisation === actor.organisation && actor.roles.includes('admin')))
    const list = row === undefined ? undefined : await listRow(view, row.organisation, row.list)
    if (!own || list === undefined) throw nothingHere()
    const [proof, status] = await Promise.all([id, list.entry].map((one) => buildProofIn(parts, view, one, { opening: true })))
    if (proof === undefined || status === undefined) throw new LogicError('CORRUPTION', 'An entry of a role credential is missing.', { details: { id } })
    return { file: fromUtf8(roleFileBytes({ format: ROLE_FILE_FORMAT, proof, status })), anchored: parseProof(utf8(status)).anchors.length > 0 }
  })
}

async function withStates(view: ReadView, rows: readonly RoleRow[], now: Date): Promise<readonly RoleItem[]> {
  const keys = [...new Set(rows.map(({ key }) => key))]
  const records = (keys.length === 0 ? [] : await view.projections(identityTables.key, keys)).map((one) => (one === undefined ? undefined : toKeyRow(readRow(one))))
  const granterIds = [...new Set(records.flatMap((record) => grantersOf(record)))]
  const granters = (granterIds.length === 0 ? [] : await view.projections(identityTables.key, granterIds)).map((one) => (one === undefined ? undefined : toKeyRow(readRow(one))))
  return rows.map(({ revokedBy, ...row }) => {
    const grant = records.find((one) => one?.thumbprint === row.key)?.granted?.find(({ id }) => id === row.id)
    // One that the key's row has forgotten had ended.
    return { ...row, state: revokedBy !== undefined ? 'revoked' : grant === undefined ? 'expired' : grantState(grant, granters, now) }
  })
}

async function listRow(view: ReadView, organisation: string, list: number): Promise<StatusListRow | undefined> {
  const row = await view.projection(roleTables.list, `${organisation}/${list}`)
  return row === undefined ? undefined : (readRow(row) as unknown as StatusListRow)
}

const nothingHere = (): LogicError => new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')

async function reading<T>(parts: Pick<Parts, 'store'>, body: (view: ReadView) => Promise<T>): Promise<T> {
  return parts.store.read(body).catch((error: unknown) => {
    throw toLogicError(error)
  })
}
