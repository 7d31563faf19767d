import type { LedgerRecord, ListedRecord } from '@careledger/ledger-spec'
import type { ChainItem } from './chain-item.ts'
import { toPosition, type Place } from './position.ts'

/** The `index`-th record of an item. The ledger's clock is that of the block, so a record without one has no time. */
export function toLedgerRecord(item: ChainItem, index: number): LedgerRecord {
  const { id = '', key, digest = '', data } = item.records[index] ?? {}
  return {
    id,
    ...(key === undefined ? {} : { key }),
    digest,
    ...(data === undefined ? {} : { data: data.slice() }),
    state: item.final ? 'final' : 'pending',
    writer: item.writer,
    ...(item.block === undefined ? {} : { recordedAt: item.block.at }),
  }
}

/** The same for a final item, with the record's position. */
export function toListedRecord(item: ChainItem, place: Place, index: number): ListedRecord {
  return { ...toLedgerRecord(item, index), state: 'final', position: toPosition(place, index) }
}
