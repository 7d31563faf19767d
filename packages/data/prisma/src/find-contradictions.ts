import type { Contradiction } from '@careledger/data-spec'
import { command, type Driver } from './driver/driver.ts'
import { transact } from './transaction.ts'

/** [check-1] Scans every table that repeats another; for audit only. All in one transaction. */
export async function findContradictions(driver: Driver): Promise<readonly Contradiction[]> {
  const asked = questions.map(([, text]) => ({ statement: { text: `${text} LIMIT 10000` } }))
  const answers = await transact(driver, [...wholeTables, ...asked], (rows) => ({ result: rows.slice(wholeTables.length) }))
  return questions.flatMap(([kind], at) => (answers[at] ?? []).map((row) => ({ kind, id: row['id'] as string }))).slice(0, 10_000)
}

/** Sessions are pinned to plans by index; joins of whole tables want the others, or they look up each row by its own. */
const wholeTables = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_material'].map((setting) => command(`SET LOCAL ${setting} = on`))

const questions: readonly (readonly [Contradiction['kind'], string])[] = [
  ['index', `SELECT DISTINCT x.table_name || '/' || x.row_key AS id FROM projection_index x LEFT JOIN projection p ON p.table_name = x.table_name AND p.row_key = x.row_key
    WHERE p.row_key IS NULL OR (p.indexes ->> x.index_name) IS DISTINCT FROM x.index_value`],
  ['index', `SELECT DISTINCT p.table_name || '/' || p.row_key AS id FROM projection p CROSS JOIN LATERAL jsonb_each_text(p.indexes) AS e(name, value)
    WHERE NOT EXISTS (SELECT 1 FROM projection_index x WHERE x.table_name = p.table_name AND x.index_name = e.name AND x.index_value = e.value AND x.row_key = p.row_key)`],
  ['place', `SELECT e.id::text AS id FROM entry e LEFT JOIN leaf l ON l.entry_id = e.id LEFT JOIN waiting w ON w.entry_id = e.id
    WHERE (l.entry_id IS NULL) = (w.entry_id IS NULL)`],
  ['place', `SELECT w.entry_id::text AS id FROM waiting w LEFT JOIN entry e ON e.id = w.entry_id WHERE e.id IS NULL`],
  ['count', `SELECT coalesce(o.target, c.target) || ' ' || (ARRAY['waiting', 'sent', 'final', 'blocked'])[coalesce(o.state, c.state) + 1] AS id
    FROM (SELECT target, state, count(*) AS n FROM outbox GROUP BY target, state) o
    FULL JOIN (SELECT target, state, sum(count) AS n FROM outbox_count GROUP BY target, state) c ON c.target = o.target AND c.state = o.state
    WHERE coalesce(o.n, 0) <> coalesce(c.n, 0)`],
]
