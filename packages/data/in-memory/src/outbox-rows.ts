import type { NewOutboxRow, OutboxState } from '@careledger/data-spec'
import { joined, sortable, type InMemoryDatabase, type PlacedRow } from './in-memory-database.ts'

/** Part of a commit: rows whose (target, item) is there already stay as they are. [outbox-5] */
export function addOutboxRows(database: InMemoryDatabase, rows: readonly NewOutboxRow[]): void {
  for (const row of rows) {
    if (database.outbox.get(joined(row.item, row.target)) !== undefined) continue
    const position = ++database.numbers.position
    const { target, item, stream, recordId, key, digest, data, epoch, createdAt } = row
    putRow(database, undefined, {
      position,
      leasedUntil: 0,
      row: {
        target, item, stream, recordId, digest, createdAt, state: 'waiting', attempts: 0,
        ...(key === undefined ? {} : { key }), ...(data === undefined ? {} : { data: data.slice() }), ...(epoch === undefined ? {} : { epoch }),
      },
    })
    database.outboxByPosition.set(sortable(position), joined(item, target))
    database.outboxByRecord.set(joined(target, recordId), joined(item, target))
  }
}

/** Part of a commit: stores `placed`, whose former self is `former`, and keeps the order by state and the counts. */
export function putRow(database: InMemoryDatabase, former: PlacedRow | undefined, placed: PlacedRow): void {
  const { target, item, state } = placed.row
  const key = joined(item, target)
  database.outbox.set(key, placed)
  if (former?.row.state === state) return
  if (former !== undefined) {
    database.outboxByState.set(joined(target, former.row.state, sortable(former.position)), undefined)
    count(database, target, former.row.state, -1)
  }
  database.outboxByState.set(joined(target, state, sortable(placed.position)), key)
  count(database, target, state, 1)
}

function count(database: InMemoryDatabase, target: string, state: OutboxState, change: number): void {
  const key = joined(target, state)
  database.outboxCounts.set(key, { target, state, count: (database.outboxCounts.get(key)?.count ?? 0) + change })
}
