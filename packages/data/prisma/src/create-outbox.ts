import { allowedMove, checkLimit, checkOutboxRows, checkSettle, invalid } from '@careledger/data-kit'
import type { Outbox, OutboxState } from '@careledger/data-spec'
import type { Driver, Row } from './driver/driver.ts'
import { addOutboxRows } from './statements/add-outbox-rows.ts'
import { claimOutbox } from './statements/claim-outbox.ts'
import { outboxStates, toOutboxRow } from './statements/rows.ts'
import { lockOutbox, settleOutbox } from './statements/settle-outbox.ts'
import { runAlone, transact } from './transaction.ts'

export function createOutbox(driver: Driver, check: () => void): Outbox {
  return {
    async add(rows) {
      check()
      checkOutboxRows(rows)
      if (rows.length > 0) await runAlone(driver, [addOutboxRows(rows)], { writes: true })
    },
    async claim(target, options) {
      check()
      checkLimit(options.limit, 10_000)
      const [rows = []] = await runAlone(driver, [claimOutbox(target, options)], { writes: true })
      return [...rows].sort((left, right) => (left['position'] as number) - (right['position'] as number)).map(toOutboxRow)
    },
    async settle(target, results) {
      check()
      checkSettle(target, results)
      if (results.length === 0) return
      await transact(driver, [lockOutbox(target, results)], ([rows = []]) => ({ result: undefined, last: settleOutbox(target, results, changesOf(target, results, rows)) }))
    },
  }
}

/** By how much each state's count changes; STORE_INVALID for an unknown item or a forbidden move. [outbox-1] */
function changesOf(target: string, results: Parameters<Outbox['settle']>[1], rows: readonly Row[]): ReadonlyMap<OutboxState, number> {
  const stored = new Map(rows.map((row) => [row['item'] as string, outboxStates[row['state'] as number] as OutboxState]))
  const changes = new Map<OutboxState, number>()
  for (const { item, state } of results) {
    const from = stored.get(item)
    if (from === undefined) throw invalid('No such outbox row.', { target, item })
    if (!allowedMove(from, state)) throw invalid('An outbox row cannot go that way.', { target, item, from, to: state })
    if (from === state) continue
    changes.set(from, (changes.get(from) ?? 0) - 1)
    changes.set(state, (changes.get(state) ?? 0) + 1)
  }
  return changes
}
