import { keyProblem, type Actor, type KeyRecord } from '@careledger/identity'
import { readRow } from '../../entries/rows.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { identityTables, toKeyRow, toPartyRow } from '../identity-rows.ts'
import { accountTable, type AccountRow } from './account-entries.ts'

export interface AccountItem extends Pick<AccountRow, 'party' | 'issuer' | 'since'> {
  readonly account: string
  readonly name?: string | undefined
}

/** Most keys of one person that are looked at. */
const keysMax = 200

/**
 * The key under which whoever signs in by this account reads: the person's newest one in force, so that revoking all of their keys ends this way in too.
 * `undefined`: the account is linked to nobody, or the person has no key in force.
 */
export async function keyOfAccount(parts: Pick<Parts, 'store'>, account: string): Promise<string | undefined> {
  return parts.store.read(async (view) => {
    const row = await view.projection(accountTable, account)
    if (row === undefined) return undefined
    const { party } = readRow(row) as unknown as AccountRow
    const { rows } = await view.find({ table: identityTables.key, index: 'party', equals: party, limit: keysMax })
    const keys = rows.flatMap((one) => toKeyRow(readRow(one)) ?? []).filter(({ foreign }) => foreign === undefined)
    const ids = [...new Set(keys.flatMap(({ issuers }) => issuers))]
    const found = ids.length === 0 ? [] : await view.projections(identityTables.key, ids)
    const issuers = new Map<string, KeyRecord | undefined>(ids.map((id, place) => [id, found[place] === undefined ? undefined : toKeyRow(readRow(found[place]))]))
    const inForce = keys.filter((key) => keyProblem(key, key.issuers.map((id) => issuers.get(id))) === undefined)
    return inForce.toSorted((one, other) => (one.credential < other.credential ? 1 : -1))[0]?.thumbprint
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

/** One page of linked accounts: of the caller's organisation, or of the platform's own people to the platform. */
export async function listAccounts(parts: Pick<Parts, 'store'>, actor: Actor, page: { readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly items: readonly AccountItem[]; readonly next?: string | undefined }> {
  return parts.store.read(async (view) => {
    const found = await view.find({ table: accountTable, index: 'organisation', equals: actor.organisation ?? actor.party, after: page.after, limit: page.limit })
    const rows = found.rows.map((row) => ({ account: row.key, ...(readRow(row) as unknown as AccountRow) }))
    const parties = rows.length === 0 ? [] : await view.projections(identityTables.party, rows.map(({ party }) => party))
    const items = rows.map(({ account, party, issuer, since }, place): AccountItem => {
      const name = parties[place] === undefined ? undefined : toPartyRow(readRow(parties[place]))?.name
      return { account, party, issuer, since, ...(name === undefined ? {} : { name }) }
    })
    return { items, ...(found.next === undefined ? {} : { next: found.next }) }
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}
