import type { DataStore, ReadView } from '@careledger/data-spec'
import { grantersOf, grantState, keyProblem, type Actor, type GrantState, type KeyRecord } from '@careledger/identity'
import { didKeyOf } from '@careledger/proof'
import { readRow } from '../entries/rows.ts'
import { LogicError } from '../logic-error.ts'
import { toLogicError } from '../to-logic-error.ts'
import { identityTables, isInDirectory, toKeyRow, toPartyRow } from './identity-rows.ts'

/** One key with what it rests on, nearest first; the last is the platform's root. `state` is the key's own; `inForce` of the whole. */
export interface KeyChain {
  readonly inForce: boolean
  readonly links: readonly ChainLink[]
  /** The key's own did:key. */
  readonly did: string
  /** Its role credentials that have not ended long ago, newest first. */
  readonly granted: readonly ChainRole[]
}
export interface ChainRole {
  readonly id: string
  readonly role: string
  readonly from: string
  readonly until: string
  readonly state: GrantState
  /** Who gave it. */
  readonly organisation: string
  readonly organisationName?: string | undefined
}
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
export async function readChain(store: Pick<DataStore, 'read'>, actor: Pick<Actor, 'party'>, party: string, now: Date): Promise<readonly KeyChain[]> {
  return store.read(async (view) => {
    const row = await view.projection(identityTables.party, party)
    const record = row === undefined ? undefined : toPartyRow(readRow(row))
    if (record === undefined || (party !== actor.party && !isInDirectory(record) && record.kind !== 'platform')) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    const { rows } = await view.find({ table: identityTables.key, index: 'party', equals: party, limit: keysMax })
    const keys = rows.flatMap((one) => toKeyRow(readRow(one)) ?? [])
    return Promise.all(keys.map(async (key): Promise<KeyChain> => {
      const [issuers, granters] = await Promise.all([recordsOf(view, key.issuers), recordsOf(view, grantersOf(key))])
      const links = [key, ...issuers.flatMap((one) => one ?? [])]
      const parties = await view.projections(identityTables.party, links.map((one) => one.party))
      return { inForce: keyProblem(key, issuers) === undefined, links: links.map((one, place) => toLink(one, parties[place] === undefined ? undefined : toPartyRow(readRow(parties[place]))?.name)), did: didKeyOf(key.jwk), granted: await grantsOf(view, key, granters, now) }
    }))
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

type Records = readonly (KeyRecord | undefined)[]

async function recordsOf(view: ReadView, keys: readonly string[]): Promise<Records> {
  const rows = keys.length === 0 ? [] : await view.projections(identityTables.key, keys)
  return rows.map((row) => (row === undefined ? undefined : toKeyRow(readRow(row))))
}

async function grantsOf(view: ReadView, { granted = [] }: KeyRecord, granters: Records, now: Date): Promise<readonly ChainRole[]> {
  const signers = granted.map(({ issuers: [signer] }) => granters.find((one) => one?.thumbprint === signer)?.party ?? '')
  const parties = granted.length === 0 ? [] : await view.projections(identityTables.party, signers)
  return granted.map((grant, place): ChainRole => {
    const row = parties[place]
    const name = row === undefined ? undefined : toPartyRow(readRow(row))?.name
    const { id, role, from, until } = grant
    return { id, role, from, until, state: grantState(grant, granters, now), organisation: signers[place] as string, ...(name === undefined ? {} : { organisationName: name }) }
  }).toReversed()
}

function toLink({ party, kind, roles, credential, thumbprint, revokedBy, retiredBy }: KeyRecord, name: string | undefined): ChainLink {
  return { party, kind, roles, credential, key: thumbprint, ...(name === undefined ? {} : { name }), state: revokedBy !== undefined ? 'revoked' : retiredBy !== undefined ? 'retired' : 'in-force' }
}
