import type { OutboxRow } from '@careledger/data-spec'
import type { LedgerDescription } from '@careledger/ledger-spec'

/** Cuts rows of one stream into appends within the ledger's declared limits, in order. */
export function cutRows(rows: readonly OutboxRow[], limits: LedgerDescription['limits']): readonly (readonly OutboxRow[])[] {
  const appends: OutboxRow[][] = []
  let bytes = 0
  for (const row of rows) {
    const size = limits.recordBytes + limits.dataFactor * (row.data?.length ?? 0)
    const last = appends.at(-1)
    if (last === undefined || last.length >= limits.recordsMax || bytes + size > limits.appendBytesMax) {
      appends.push([row])
      bytes = size
    } else {
      last.push(row)
      bytes += size
    }
  }
  return appends
}

/** Rows by stream, each stream's in the order given. */
export function byStream(rows: readonly OutboxRow[]): ReadonlyMap<string, readonly OutboxRow[]> {
  const streams = new Map<string, OutboxRow[]>()
  for (const row of rows) {
    const stream = streams.get(row.stream)
    if (stream === undefined) streams.set(row.stream, [row])
    else stream.push(row)
  }
  return streams
}
