import type { OutboxRow } from '@careledger/data-spec'
import { createBoundedMap, type BoundedMap } from '@careledger/identity'

/** An entry whose outbox rows are all final: what its state rests on, besides where its network stands and what is anchored. */
export interface SettledEntry {
  readonly network: string
  readonly index: number
  readonly rows: readonly Pick<OutboxRow, 'target' | 'state'>[]
}

/** Entries that this process saw anchored, by id; about 200 bytes each, ids and indexes only. */
export type SettledEntries = BoundedMap<string, SettledEntry>

const settledMax = 100_000

export function createSettledEntries(): SettledEntries {
  return createBoundedMap(settledMax)
}
