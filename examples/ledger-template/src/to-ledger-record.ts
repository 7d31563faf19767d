import type { LedgerRecord, ListedRecord } from '@careledger/ledger-spec'
import type { Item } from './node.ts'
import { position } from './position.ts'

/** A copy: whoever changes what they got changes nothing on the ledger. */
export function toLedgerRecord({ id, key, digest, data, writer, at }: Item): LedgerRecord {
  return { id, key, digest, data: data?.slice(), writer, recordedAt: at, state: 'final' }
}

export function toListedRecord(item: Item): ListedRecord {
  return { ...toLedgerRecord(item), state: 'final', position: position.encode(item.number) }
}
