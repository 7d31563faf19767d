import type { ListedRecord, LedgerRecord } from '@careledger/ledger-spec'
import type { StoredRecord } from './ledger-state.ts'
import { toPosition } from './position.ts'

/** A stored record as the port shows it; data is a copy, so that nobody can write into the ledger. */
export function toLedgerRecord(stored: StoredRecord, state: 'pending' | 'final'): LedgerRecord {
  return {
    id: stored.id,
    ...(stored.key === undefined ? {} : { key: stored.key }),
    digest: stored.digest,
    ...(stored.data === undefined ? {} : { data: stored.data.slice() }),
    state,
    writer: stored.writer,
    recordedAt: new Date(stored.at),
  }
}

/** The same for a final record, with its position. */
export function toListedRecord(stored: StoredRecord): ListedRecord {
  return { ...toLedgerRecord(stored, 'final'), state: 'final', position: toPosition(stored.sequence) }
}
