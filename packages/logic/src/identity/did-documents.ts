import type { ReadView } from '@careledger/data-spec'
import type { KeyRecord } from '@careledger/identity'
import { didDocument, didWebOf, parseEntry, type CanonicalValue, type DidKey } from '@careledger/proof'
import { readRow } from '../entries/rows.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { identityTables, toKeyRow, toPartyRow } from './identity-rows.ts'

/** Most keys of a DID document; beyond it the newest stand. */
const keysMax = 200

/**
 * The DID document of an organisation of this instance at an address, or without `organisation` of the instance itself: the keys of the log, those that were
 * changed or revoked too, with when. Errors: NOT_ALLOWED where there is no such organisation.
 */
export async function readDidDocument(parts: Pick<Parts, 'store'>, origin: string, organisation?: string): Promise<CanonicalValue> {
  return parts.store.read(async (view) => {
    const party = organisation ?? (await platformOf(view))
    const row = party === undefined ? undefined : await view.projection(identityTables.party, party)
    const record = row === undefined ? undefined : toPartyRow(readRow(row))
    const keys = record === undefined ? [] : await keysOf(view, record.party)
    if (record?.kind !== (organisation === undefined ? 'platform' : 'organisation') || keys.length === 0) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    return didDocument(didWebOf(origin, organisation), keys, organisation === undefined ? {} : { controller: didWebOf(origin) })
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

async function platformOf(view: ReadView): Promise<string | undefined> {
  const root = await view.projection(identityTables.root, 'root')
  const key = root === undefined ? undefined : await view.projection(identityTables.key, readRow(root) as string)
  return key === undefined ? undefined : toKeyRow(readRow(key))?.party
}

/** Newest first. Keys of another instance are not this one's to speak for. */
async function keysOf(view: ReadView, party: string): Promise<readonly DidKey[]> {
  const { rows } = await view.find({ table: identityTables.key, index: 'party', equals: party, limit: 1000 })
  const records = rows.flatMap((row) => toKeyRow(readRow(row)) ?? []).filter(({ foreign }) => foreign === undefined)
  const newest = records.toSorted((one, other) => (one.credential < other.credential ? 1 : -1)).slice(0, keysMax)
  const ends = newest.map(endOf)
  const ids = ends.flatMap((one) => one?.by ?? [])
  const entries = ids.length === 0 ? [] : await view.entries(ids)
  const times = new Map(ids.map((id, place) => [id, entries[place] === undefined ? undefined : parseEntry(entries[place].canonical).issuedAt]))
  return newest.map(({ jwk, thumbprint }, place): DidKey => {
    const end = ends[place]
    return { jwk, thumbprint, ...(end === undefined ? {} : { [end.how]: times.get(end.by) }) }
  })
}

function endOf({ revokedBy, retiredBy }: KeyRecord): { readonly how: 'revoked' | 'retired'; readonly by: string } | undefined {
  return revokedBy !== undefined ? { how: 'revoked', by: revokedBy } : retiredBy !== undefined ? { how: 'retired', by: retiredBy } : undefined
}
