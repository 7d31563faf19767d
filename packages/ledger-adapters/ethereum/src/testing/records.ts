import { randomBytes } from 'node:crypto'
import type { NewRecord } from '@careledger/ledger-spec'

/** A record of random bytes with a key, as entries have. */
export function newRecord(parts: Partial<NewRecord> = {}): NewRecord {
  return { id: hex(16), key: hex(32), digest: hex(32), ...parts }
}

export function newRecords(count: number): NewRecord[] {
  return Array.from({ length: count }, () => newRecord())
}

export function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}
