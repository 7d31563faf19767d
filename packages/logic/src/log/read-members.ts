import type { ReadView } from '@careledger/data-spec'
import type { KeyRecord, PartyRecord } from '@careledger/identity'
import { readRow } from '../entries/rows.ts'
import { identityTables } from '../identity/identity-rows.ts'
import type { Parts } from '../parts.ts'

/** An organisation enrolled on this instance. */
export interface Member {
  readonly party: PartyRecord
  /** Of its first key in force, or of its first key where none is. */
  readonly credential: string
  /** None of its keys is in force. */
  readonly revoked: boolean
  /** Enrolled people and systems. */
  readonly people: number
}

/** Every organisation, by party id. */
export async function readMembers(parts: Parts): Promise<readonly Member[]> {
  return parts.store.read(async (view) => {
    const parties = await everyRow<PartyRecord>(view, identityTables.party, 'kind', 'organisation')
    return Promise.all(parties.map(async (party) => {
      const [keys, people] = await Promise.all([everyRow<KeyRecord>(view, identityTables.key, 'party', party.party), everyRow<PartyRecord>(view, identityTables.party, 'organisation', party.party)])
      const inForce = keys.find((key) => key.revokedBy === undefined && key.retiredBy === undefined)
      return { party, credential: (inForce ?? keys[0])?.credential ?? '', revoked: inForce === undefined, people: people.length }
    }))
  })
}

async function everyRow<T>(view: ReadView, table: string, index: string, equals: string): Promise<readonly T[]> {
  const rows: T[] = []
  for (let after: string | undefined; ; ) {
    const page = await view.find({ table, index, equals, after, limit: 1000 })
    rows.push(...page.rows.map((row) => readRow(row) as unknown as T))
    if (page.next === undefined) return rows
    after = page.next
  }
}
