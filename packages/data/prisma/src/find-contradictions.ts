import type { Contradiction } from '@careledger/data-spec'
import { command, type Driver } from './driver/driver.ts'
import { toStoreError } from './to-store-error.ts'

/**
 * [check-1] Scans every table that repeats another; for audit only. All in one snapshot, each question in a round trip of its own: no
 * single one takes as long as the driver waits for an answer.
 */
export async function findContradictions(driver: Driver): Promise<readonly Contradiction[]> {
  const session = await driver.acquire('other').catch((error: unknown) => { throw toStoreError(error, 'connect') })
  try {
    await session.run([command('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY'), command('SET LOCAL statement_timeout = 0'), ...wholeTables])
    const found: Contradiction[] = []
    for (const [kind, text] of questions) {
      const [rows = []] = await session.run([{ statement: { text: `${text} LIMIT 10000` }, values: [] }])
      for (const row of rows) found.push({ kind, id: row['id'] as string })
    }
    await session.run([command('COMMIT')])
    return [...new Map(found.map((one) => [`${one.kind} ${one.id}`, one])).values()].slice(0, 10_000)
  } catch (error) {
    if (!session.broken) await session.run([command('ROLLBACK')]).catch(() => { session.destroy() })
    throw toStoreError(error, 'before-commit')
  } finally {
    driver.release('other', session)
  }
}

/** Sessions are pinned to plans by index; joins of whole tables want the others, or they look up each row by its own. */
const wholeTables = [...['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_material'].map((setting) => `${setting} = on`), 'enable_nestloop = off', "work_mem = '64MB'"]
  .map((setting) => command(`SET LOCAL ${setting}`))

const questions: readonly (readonly [Contradiction['kind'], string])[] = [
  ['index', `SELECT DISTINCT x.table_name || '/' || x.row_key AS id FROM projection_index x LEFT JOIN projection p ON p.table_name = x.table_name AND p.row_key = x.row_key
    WHERE p.row_key IS NULL OR (p.indexes ->> x.index_name) IS DISTINCT FROM x.index_value`],
  // Each index value that is there is one that its row carries, or the question before names it: so only their number can be wrong.
  ['index', `SELECT p.table_name || '/' || p.row_key AS id FROM projection p
    LEFT JOIN (SELECT table_name, row_key, count(*) AS n FROM projection_index GROUP BY table_name, row_key) x ON x.table_name = p.table_name AND x.row_key = p.row_key
    WHERE coalesce(x.n, 0) <> (SELECT count(*) FROM jsonb_object_keys(p.indexes))`],
  ['place', `SELECT e.id::text AS id FROM entry e LEFT JOIN leaf l ON l.entry_id = e.id LEFT JOIN waiting w ON w.entry_id = e.id
    WHERE (l.entry_id IS NULL) = (w.entry_id IS NULL)`],
  ['place', `SELECT w.entry_id::text AS id FROM waiting w LEFT JOIN entry e ON e.id = w.entry_id WHERE e.id IS NULL`],
  ['head', `SELECT h.chain AS id FROM chain_head h LEFT JOIN leaf l ON l.log = h.log AND l.chain = h.chain AND l.chain_sequence = h.sequence WHERE l.entry_id IS NULL`],
  ['tree', `SELECT coalesce(t.log, n.log) AS id FROM tree t FULL JOIN (SELECT log, max(leaf_index) + 1 AS size FROM leaf GROUP BY log) n ON n.log = t.log
    WHERE coalesce(t.size, 0) <> coalesce(n.size, 0)`],
  ['count', `SELECT coalesce(o.target, c.target) || ' ' || (ARRAY['waiting', 'sent', 'final', 'blocked'])[coalesce(o.state, c.state) + 1] AS id
    FROM (SELECT target, state, count(*) AS n FROM outbox GROUP BY target, state) o
    FULL JOIN (SELECT target, state, sum(count) AS n FROM outbox_count GROUP BY target, state) c ON c.target = o.target AND c.state = o.state
    WHERE coalesce(o.n, 0) <> coalesce(c.n, 0)`],
]
