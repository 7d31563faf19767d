import { allowedMove, checkLimit, checkOutboxRows, checkSettle, invalid } from '@careledger/data-kit'
import type { Outbox } from '@careledger/data-spec'
import { copyRow } from './create-view.ts'
import { joined, leaseClock, type InMemoryDatabase, type PlacedRow } from './in-memory-database.ts'
import { addOutboxRows, putRow } from './outbox-rows.ts'

export function createOutbox(database: InMemoryDatabase, check: () => void): Outbox {
  return {
    async add(rows) {
      check()
      checkOutboxRows(rows)
      addOutboxRows(database, rows)
      database.clock.finish()
    },
    async claim(target, { limit, bytesMax, recordBytes, forMs }) {
      check()
      checkLimit(limit, 10_000)
      const now = leaseClock()
      const claimed: PlacedRow[] = []
      let bytes = 0
      for (const placed of open(database, target)) {
        if (placed.leasedUntil > now) continue
        bytes += recordBytes + (placed.row.data?.length ?? 0)
        if (claimed.length > 0 && bytes > bytesMax) break
        claimed.push(placed)
        if (claimed.length === limit) break
      }
      const rows = claimed.map((placed) => {
        const row = { ...placed.row, attempts: placed.row.attempts + 1 }
        putRow(database, placed, { ...placed, row, leasedUntil: now + forMs })
        return copyRow(row)
      })
      database.clock.finish()
      return rows
    },
    async settle(target, results) {
      check()
      checkSettle(target, results)
      const moves = results.map(({ item, state, receipt, reason }) => {
        const placed = database.outbox.get(joined(item, target))
        if (placed === undefined) throw invalid('No such outbox row.', { target, item })
        if (!allowedMove(placed.row.state, state)) throw invalid('An outbox row cannot go that way.', { target, item, from: placed.row.state, to: state })
        const row = { ...placed.row, state, ...(receipt === undefined ? {} : { receipt }), ...(reason === undefined ? {} : { reason }) }
        return { placed, row }
      })
      for (const { placed, row } of moves) putRow(database, placed, { ...placed, row, leasedUntil: 0 })
      database.clock.finish()
    },
  }
}

/** Rows in state waiting or sent, oldest log order first. */
function open(database: InMemoryDatabase, target: string): readonly PlacedRow[] {
  const keys = (['waiting', 'sent'] as const).flatMap((state) => [...database.outboxByState.range({ prefix: joined(target, state, '') })])
  return keys.flatMap(([, key]) => database.outbox.get(key) ?? []).sort((left, right) => left.position - right.position)
}
