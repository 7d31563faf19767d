import type { NewRecord } from '@careledger/ledger-spec'
import { ITEM_RECORDS } from './item-limits.ts'

/** Bytes of data that a node shows in a list of items without a second call (`maxshowndata`). */
const INLINE_BYTES = 16_384
const RECORD_BYTES = 37

/**
 * Cuts the records of one append into items, in order: at most 64 in each, and closed before it grows past what a node shows inline;
 * with much data past a tenth of the whole, so that an append never needs more items than a transaction has (32: at most 10 are
 * closed by count, and any two that are closed by size are together larger than the tenth, so at most 20, and the last).
 */
export function packItems(records: readonly NewRecord[]): readonly (readonly NewRecord[])[] {
  const sizes = records.map(({ data }) => RECORD_BYTES + (data?.length ?? 0))
  const most = Math.max(INLINE_BYTES - 1, Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 10))
  const items: NewRecord[][] = []
  let bytes = 0
  for (const [index, record] of records.entries()) {
    const size = sizes[index] ?? 0
    const open = items.at(-1)
    if (open === undefined || open.length === ITEM_RECORDS || bytes + size > most) {
      items.push([record])
      bytes = size
    } else {
      open.push(record)
      bytes += size
    }
  }
  return items
}
