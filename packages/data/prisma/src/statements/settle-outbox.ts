import type { Outbox, OutboxState } from '@careledger/data-spec'
import { numbers, texts } from '../driver/array-literals.ts'
import type { Query } from '../driver/driver.ts'
import { outboxStates } from './rows.ts'

type Results = Parameters<Outbox['settle']>[1]

/** The rows of the items, locked in log order. */
export function lockOutbox(target: string, results: Results): Query {
  return { statement: lock, values: [target, texts(results.map((result) => result.item))] }
}

/** Sets states, receipts and reasons, ends leases, and moves the counts by `changes`. */
export function settleOutbox(target: string, results: Results, changes: ReadonlyMap<OutboxState, number>): readonly Query[] {
  const moved = outboxStates.filter((state) => (changes.get(state) ?? 0) !== 0)
  return [
    {
      statement: settle,
      values: [target, texts(results.map((one) => one.item)), numbers(results.map((one) => outboxStates.indexOf(one.state))), texts(results.map((one) => one.receipt)), texts(results.map((one) => one.reason))],
    },
    ...(moved.length === 0 ? [] : [{ statement: count, values: [target, numbers(moved.map((state) => outboxStates.indexOf(state))), numbers(moved.map((state) => changes.get(state)))] }]),
  ]
}

/** Written so that no index that begins with the target fits: a plan made on an empty table would read all rows of the target for each item. */
const sameTarget = "o.target || '' = $1::text"

const lock = {
  name: 'lock-outbox',
  text: `SELECT o.item, o.state FROM unnest(($2::text)::text[]) AS i(item) JOIN outbox o ON o.item = i.item AND ${sameTarget} ORDER BY o.position FOR UPDATE OF o`,
}
const settle = {
  name: 'settle-outbox',
  text: `UPDATE outbox o SET state = i.state, receipt = coalesce(i.receipt, o.receipt), reason = coalesce(i.reason, o.reason), leased_until = NULL
    FROM unnest(($2::text)::text[], ($3::text)::int2[], ($4::text)::text[], ($5::text)::text[]) AS i(item, state, receipt, reason)
    WHERE o.item = i.item AND ${sameTarget}`,
}
const count = {
  name: 'count-outbox',
  text: `INSERT INTO outbox_count AS c (target, state, part, count)
    SELECT $1::text, state, 1, change FROM unnest(($2::text)::int2[], ($3::text)::int8[]) AS i(state, change) ORDER BY state
    ON CONFLICT (target, state, part) DO UPDATE SET count = c.count + excluded.count`,
}
