import type { DataStore } from '@careledger/data-spec'
import { keyProblem, type Actor, type KeyRecord } from '@careledger/identity'
import { readRow } from '../entries/rows.ts'
import { LogicError } from '../logic-error.ts'
import { toLogicError } from '../to-logic-error.ts'
import { identityTables, isInDirectory, toKeyRow, toPartyRow } from './identity-rows.ts'

/** One key with what it rests on, nearest first; the last is the platform's root. `state` is the key's own; `inForce` of the whole. */
export interface KeyChain { readonly inForce: boolean; readonly links: readonly ChainLink[] }
export interface ChainLink extends Pick<KeyRecord, 'party' | 'kind' | 'roles' | 'credential'> {
  readonly key: string
  readonly name?: string | undefined
  readonly state: 'in-force' | 'revoked' | 'retired'
}

/** Most keys of a party that are shown. */
const keysMax = 50

/**
 * Why a party's keys count here: each key with the keys that enrolled it, up to the platform's root, as they stand now. Of organisations, their people and
 * systems, and the platform; of patients to themselves only. Errors: NOT_ALLOWED.
 */
export async function readChain(store: Pick<DataStore, 'read'>, actor: Pick<Actor, 'party'>, party: string): Promise<readonly KeyChain[]> {
  return store.read(async (view) => {
    const row = await view.projection(identityTables.party, party)
    const record = row === undefined ? undefined : toPartyRow(readRow(row))
    if (record === undefined || (party !== actor.party && !isInDirectory(record) && record.kind !== 'platform')) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    const { rows } = await view.find({ table: identityTables.key, index: 'party', equals: party, limit: keysMax })
    const keys = rows.flatMap((one) => toKeyRow(readRow(one)) ?? [])
    return Promise.all(keys.map(async (key): Promise<KeyChain> => {
      const found = key.issuers.length === 0 ? [] : await view.projections(identityTables.key, key.issuers)
      const issuers = found.map((one) => (one === undefined ? undefined : toKeyRow(readRow(one))))
      const links = [key, ...issuers.flatMap((one) => one ?? [])]
      const parties = await view.projections(identityTables.party, links.map((one) => one.party))
      return { inForce: keyProblem(key, issuers) === undefined, links: links.map((one, place) => toLink(one, parties[place] === undefined ? undefined : toPartyRow(readRow(parties[place]))?.name)) }
    }))
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

function toLink({ party, kind, roles, credential, thumbprint, revokedBy, retiredBy }: KeyRecord, name: string | undefined): ChainLink {
  return { party, kind, roles, credential, key: thumbprint, ...(name === undefined ? {} : { name }), state: revokedBy !== undefined ? 'revoked' : retiredBy !== undefined ? 'retired' : 'in-force' }
}
