import type { ReadView } from '@careledger/data-spec'
import type { PartyRecord } from '@careledger/identity'
import { readRow } from '../entries/rows.ts'

/** What parties are called. Patients have no name here: the party id stands for them. */
export interface PartyNames {
  of(party: string): string
  record(party: string): PartyRecord | undefined
}

/** Names of at most 1,000 distinct parties, in one look-up. */
export async function partyNames(view: ReadView, parties: readonly string[]): Promise<PartyNames> {
  const ids = [...new Set(parties)]
  const rows = ids.length === 0 ? [] : await view.projections('party', ids)
  const found = new Map(ids.map((id, place) => [id, rows[place] === undefined ? undefined : (readRow(rows[place]) as unknown as PartyRecord)]))
  return { of: (party) => found.get(party)?.name ?? party, record: (party) => found.get(party) }
}
