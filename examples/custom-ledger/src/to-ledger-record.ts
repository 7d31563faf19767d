import type { LedgerRecord, ListedRecord } from '@careledger/ledger-spec'
import type { IndexedRecord } from './folder.ts'

/** A copy, so that nobody can write into the index. */
export function toLedgerRecord({ id, key, digest, data, writer, at }: IndexedRecord): LedgerRecord {
  return { id, key, digest, data: data?.slice(), writer, recordedAt: new Date(at), state: 'final' }
}

export function toListedRecord(record: IndexedRecord): ListedRecord {
  return { ...toLedgerRecord(record), state: 'final', position: record.position }
}
