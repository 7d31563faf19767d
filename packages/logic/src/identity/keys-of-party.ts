import type { DataStore } from '@careledger/data-spec'
import { keyProblem, type KeyRecord } from '@careledger/identity'
import { readRow } from '../entries/rows.ts'
import { identityTables, toKeyRow } from './identity-rows.ts'

/** Most keys of one party that are listed. */
const KEYS_MAX = 200

/** A party's keys, at most 200, and whether each is out of force: revoked itself, or resting on a revoked one. */
export async function readKeysOf(store: Pick<DataStore, 'read'>, party: string): Promise<readonly { readonly record: KeyRecord; readonly revoked: boolean }[]> {
  return await store.read(async (view) => {
    const { rows } = await view.find({ table: identityTables.key, index: 'party', equals: party, limit: KEYS_MAX })
    const records = rows.flatMap((row) => toKeyRow(readRow(row)) ?? [])
    const issuerIds = [...new Set(records.flatMap(({ issuers }) => issuers))]
    const issuerRows = issuerIds.length === 0 ? [] : await view.projections(identityTables.key, issuerIds)
    const issuers = new Map(issuerRows.map((row, place) => [issuerIds[place] as string, row === undefined ? undefined : toKeyRow(readRow(row))]))
    return records.map((record) => ({ record, revoked: keyProblem(record, record.issuers.map((id) => issuers.get(id))) !== undefined }))
  })
}
