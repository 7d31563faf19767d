import { jwkThumbprint } from '@careledger/proof'
import { readRow } from '../../entries/rows.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { identityTables, toKeyRow } from '../identity-rows.ts'
import type { RecognisedOrganisation } from './check-foreign.ts'
import { recognisedTable } from './federation-entries.ts'

/** An organisation of another instance whose people may sign in here, and what it is recognised by. */
export interface Peer {
  /** Party here. */
  readonly party: string
  /** Party at its own instance. */
  readonly theirs: string
  readonly name: string
  readonly origin: string
  /** Thumbprints (RFC 7638) of what is pinned: the organisation's own key, the log's, the root's. */
  readonly key: string
  readonly logKey: string
  readonly rootKey: string
  readonly witnesses: number
  /** The `organisation-recognised` entry. */
  readonly entry: string
  readonly revoked: boolean
}

/** At most 500, in the order of their parties here. */
export function listPeers(parts: Pick<Parts, 'store'>): Promise<readonly Peer[]> {
  return parts.store.read(async (view) => {
    const { rows } = await view.find({ table: recognisedTable, limit: 500 })
    const found = rows.map((row) => ({ party: row.key, row: readRow(row) as unknown as RecognisedOrganisation }))
    const keys = found.length === 0 ? [] : await view.projections(identityTables.key, found.map(({ row }) => row.key))
    return found.map(({ party, row: { party: theirs, name, key, trust, entry } }, place): Peer => ({
      party, theirs, name, origin: trust.origin, key, logKey: jwkThumbprint(trust.logKey), rootKey: jwkThumbprint(trust.root), witnesses: trust.witnesses.length, entry,
      revoked: keys[place] === undefined || toKeyRow(readRow(keys[place]))?.revokedBy !== undefined,
    }))
  }).catch((error: unknown) => { throw toLogicError(error) })
}
