import type { Checkpoint, Decision, Leaf, OutboxRow, OutboxState, Projection, StoredEntry, TreeState } from '@careledger/data-spec'
import { numbers, texts } from '../driver/array-literals.ts'
import type { Row } from '../driver/driver.ts'
import { entryColumns, leafColumns, outboxColumns, outboxStates, projectionColumns, toEntry, toLeaf, toOutboxRow, toProjection, toTreeState } from '../statements/rows.ts'
import { single, type Question } from './question.ts'

/** Ids that are UUIDs; the caller has left out others. */
export const entriesById: Question<readonly string[], readonly (StoredEntry | undefined)[]> = {
  name: 'entries',
  query: (requests) => ({
    statement: { name: 'entries', text: `SELECT ${entryColumns} FROM unnest(($1::text)::uuid[]) AS i(id) JOIN entry e ON e.id = i.id` },
    values: [texts([...new Set(requests.flat())])],
  }),
  answers(requests, rows) {
    const found = new Map(rows.map((row) => [row['id'] as string, row]))
    return requests.map((ids) => ids.map((id) => (found.has(id) ? toEntry(found.get(id) as Row) : undefined)))
  },
}

export const projectionsByKey: Question<{ readonly table: string; readonly keys: readonly string[] }, readonly (Projection | undefined)[]> = {
  name: 'projections',
  query(requests) {
    const wanted = new Map(requests.flatMap(({ table, keys }) => keys.map((key) => [`${table}\0${key}`, { table, key }] as const)))
    const all = [...wanted.values()]
    return {
      statement: {
        name: 'projections',
        text: `SELECT ${projectionColumns} FROM unnest(($1::text)::text[], ($2::text)::text[]) AS i(t, k) JOIN projection p ON p.table_name = i.t AND p.row_key = i.k`,
      },
      values: [texts(all.map((one) => one.table)), texts(all.map((one) => one.key))],
    }
  },
  answers(requests, rows) {
    const found = new Map(rows.map((row) => [`${row['table_name'] as string}\0${row['row_key'] as string}`, row]))
    return requests.map(({ table, keys }) => keys.map((key) => (found.has(`${table}\0${key}`) ? toProjection(found.get(`${table}\0${key}`) as Row) : undefined)))
  },
}

export const leavesOfEntries: Question<{ readonly log: string; readonly entryId: string }, Leaf | undefined> = {
  name: 'leaf-of',
  query: (requests) => ({
    statement: { name: 'leaf-of', text: `SELECT l.log, ${leafColumns} FROM unnest(($1::text)::uuid[]) AS i(id) JOIN leaf l ON l.entry_id = i.id` },
    values: [texts([...new Set(requests.map((request) => request.entryId))])],
  }),
  answers(requests, rows) {
    const found = new Map(rows.map((row) => [`${row['log'] as string}\0${row['entry_id'] as string}`, toLeaf(row)]))
    return requests.map(({ log, entryId }) => found.get(`${log}\0${entryId}`))
  },
}

export const tilesByPath: Question<{ readonly log: string; readonly paths: readonly string[] }, readonly (Uint8Array | undefined)[]> = {
  name: 'tiles',
  query(requests) {
    const wanted = new Map(requests.flatMap(({ log, paths }) => paths.map((path) => [`${log}\0${path}`, { log, path }] as const)))
    const all = [...wanted.values()]
    return {
      statement: { name: 'tiles', text: 'SELECT t.log, t.path, t.bytes FROM unnest(($1::text)::text[], ($2::text)::text[]) AS i(l, p) JOIN tile t ON t.log = i.l AND t.path = i.p' },
      values: [texts(all.map((one) => one.log)), texts(all.map((one) => one.path))],
    }
  },
  answers(requests, rows) {
    const found = new Map(rows.map((row) => [`${row['log'] as string}\0${row['path'] as string}`, row['bytes'] as Uint8Array]))
    return requests.map(({ log, paths }) => paths.map((path) => found.get(`${log}\0${path}`)?.slice()))
  },
}

export interface FindRequest { readonly table: string; readonly index?: string | undefined; readonly equals?: string | undefined; readonly after?: string | undefined; readonly limit: number; readonly newestFirst?: boolean | undefined }
export interface FindAnswer { readonly rows: readonly Projection[]; readonly next?: string | undefined }

/** Four questions, by whether there is an index and which end comes first: each walks its own index from the right place. */
export function findQuestion({ index, newestFirst = false }: FindRequest): Question<FindRequest, FindAnswer> {
  return finds[`${index === undefined ? 'table' : 'index'}-${newestFirst ? 'down' : 'up'}`]
}

/** Sorts behind every key that a store accepts. */
export const beyondEveryKey = '\u{10ffff}'.repeat(257)

const finds = {
  'table-up': find('table-up', 'SELECT x.row_key FROM projection x WHERE x.table_name = q.t AND x.row_key > q.a ORDER BY x.row_key LIMIT q.l', 'ASC'),
  'table-down': find('table-down', 'SELECT x.row_key FROM projection x WHERE x.table_name = q.t AND x.row_key < q.a ORDER BY x.row_key DESC LIMIT q.l', 'DESC'),
  'index-up': find('index-up', 'SELECT x.row_key FROM projection_index x WHERE x.table_name = q.t AND x.index_name = q.i AND x.index_value = q.v AND x.row_key > q.a ORDER BY x.row_key LIMIT q.l', 'ASC'),
  'index-down': find('index-down', 'SELECT x.row_key FROM projection_index x WHERE x.table_name = q.t AND x.index_name = q.i AND x.index_value = q.v AND x.row_key < q.a ORDER BY x.row_key DESC LIMIT q.l', 'DESC'),
} as const

function find(name: string, keys: string, direction: 'ASC' | 'DESC'): Question<FindRequest, FindAnswer> {
  const statement = {
    name: `find-${name}`,
    text: `SELECT q.ord, ${projectionColumns}
      FROM unnest(($1::text)::text[], ($2::text)::text[], ($3::text)::text[], ($4::text)::text[], ($5::text)::int8[]) WITH ORDINALITY AS q(t, i, v, a, l, ord)
      CROSS JOIN LATERAL (${keys}) r JOIN projection p ON p.table_name = q.t AND p.row_key = r.row_key ORDER BY q.ord, p.row_key ${direction}`,
  }
  const nothing = direction === 'ASC' ? '' : beyondEveryKey
  return {
    name: statement.name,
    query: (requests) => ({
      statement,
      values: [
        texts(requests.map((request) => request.table)), texts(requests.map((request) => request.index)), texts(requests.map((request) => request.equals)),
        texts(requests.map((request) => request.after ?? nothing)), numbers(requests.map((request) => request.limit + 1)),
      ],
    }),
    answers(requests, rows) {
      const pages = requests.map((): Projection[] => [])
      for (const row of rows) pages[(row['ord'] as number) - 1]?.push(toProjection(row))
      return pages.map((page, at) => pageOf(page, requests[at]?.limit ?? 0, (row) => row.key))
    },
  }
}

/** One more row than asked for was fetched, to know whether there are more. */
function pageOf<T>(found: readonly T[], limit: number, key: (row: T) => string): { readonly rows: readonly T[]; readonly next?: string } {
  const rows = found.slice(0, limit)
  return found.length > limit ? { rows, next: key(rows.at(-1) as T) } : { rows }
}

export interface DecisionsRequest { readonly about?: string | undefined; readonly after?: string | undefined; readonly limit: number; readonly newestFirst?: boolean | undefined }

export const decisionsPage = single<DecisionsRequest, { readonly rows: readonly Decision[]; readonly next?: string }>(
  'decisions',
  ({ about, after, limit, newestFirst = false }) => ({
    statement: {
      name: `decisions-${about === undefined ? 'all' : 'about'}-${newestFirst ? 'down' : 'up'}`,
      text: `SELECT d.id, d.about, d.bytes FROM decision d WHERE ${about === undefined ? '$1::text IS NULL' : 'd.about = $1::text'} AND d.id ${newestFirst ? '<' : '>'} $2::uuid ORDER BY d.id ${newestFirst ? 'DESC' : 'ASC'} LIMIT $3::int8`,
    },
    values: [about ?? null, after ?? (newestFirst ? 'ffffffff-ffff-ffff-ffff-ffffffffffff' : '00000000-0000-0000-0000-000000000000'), limit + 1],
  }),
  (rows, { limit }) => pageOf(rows.map((row) => ({ id: row['id'] as string, bytes: row['bytes'] as Uint8Array, ...(row['about'] === null ? {} : { about: row['about'] as string }) })), limit, (row) => row.id),
)

export const leavesFrom = single<{ readonly log: string; readonly from: number; readonly limit: number }, readonly Leaf[]>(
  'leaves',
  ({ log, from, limit }) => ({
    statement: { name: 'leaves', text: `SELECT ${leafColumns} FROM leaf l WHERE l.log = $1::text AND l.leaf_index >= $2::int8 ORDER BY l.leaf_index LIMIT $3::int8` },
    values: [log, from, limit],
  }),
  (rows) => rows.map(toLeaf),
)

export const leavesOfChain = single<{ readonly log: string; readonly chain: string; readonly from: number; readonly limit: number }, readonly Leaf[]>(
  'chain-leaves',
  ({ log, chain, from, limit }) => ({
    statement: {
      name: 'chain-leaves',
      text: `SELECT ${leafColumns} FROM leaf l WHERE l.log = $1::text AND l.chain = $2::text AND l.chain_sequence >= $3::int8 ORDER BY l.chain_sequence LIMIT $4::int8`,
    },
    values: [log, chain, from, limit],
  }),
  (rows) => rows.map(toLeaf),
)

export const tilePathsAfter = single<{ readonly log: string; readonly after: string; readonly limit: number }, readonly string[]>(
  'tile-paths',
  ({ log, after, limit }) => ({
    statement: { name: 'tile-paths', text: 'SELECT t.path FROM tile t WHERE t.log = $1::text AND t.path > $2::text ORDER BY t.path LIMIT $3::int8' },
    values: [log, after, limit],
  }),
  (rows) => rows.map((row) => row['path'] as string),
)

export const treeOfLog: Question<string, TreeState> = {
  ...single<string, TreeState>('tree', (log) => ({ statement: { name: 'tree', text: 'SELECT size, frontier FROM tree WHERE log = $1::text' }, values: [log] }), (rows) => toTreeState(rows[0])),
  same: (log) => log,
}

export const checkpointOfLog: Question<{ readonly log: string; readonly size?: number | undefined }, Checkpoint | undefined> = {
  ...single<{ readonly log: string; readonly size?: number | undefined }, Checkpoint | undefined>(
    'checkpoint',
    ({ log, size }) => ({
      statement: { name: 'checkpoint', text: 'SELECT size, note FROM checkpoint WHERE log = $1::text AND size <= $2::int8 ORDER BY size DESC LIMIT 1' },
      values: [log, size ?? Number.MAX_SAFE_INTEGER],
    }),
    ([row], { size }) => (row === undefined || (size !== undefined && row['size'] !== size) ? undefined : toCheckpoint(row)),
  ),
  same: ({ log, size }) => `${size ?? ''}\0${log}`,
}

export const checkpointsAfter = single<{ readonly log: string; readonly after: number; readonly limit: number }, readonly Checkpoint[]>(
  'checkpoints',
  ({ log, after, limit }) => ({
    statement: { name: 'checkpoints', text: 'SELECT size, note FROM checkpoint WHERE log = $1::text AND size > $2::int8 ORDER BY size LIMIT $3::int8' },
    values: [log, after, limit],
  }),
  (rows) => rows.map(toCheckpoint),
)

export const unsequencedAfter = single<{ readonly after: number; readonly limit: number }, readonly { readonly arrival: number; readonly entry: StoredEntry }[]>(
  'unsequenced',
  ({ after, limit }) => ({
    statement: { name: 'unsequenced', text: `SELECT w.arrival, ${entryColumns} FROM waiting w JOIN entry e ON e.id = w.entry_id WHERE w.arrival > $1::int8 ORDER BY w.arrival LIMIT $2::int8` },
    values: [after, limit],
  }),
  (rows) => rows.map((row) => ({ arrival: row['arrival'] as number, entry: toEntry(row) })),
)

export const outboxOfItem: Question<string, readonly OutboxRow[]> = {
  name: 'outbox-of',
  query: (items) => ({
    statement: { name: 'outbox-of', text: `SELECT ${outboxColumns} FROM unnest(($1::text)::text[]) AS i(item) JOIN outbox o ON o.item = i.item ORDER BY o.target` },
    values: [texts([...new Set(items)])],
  }),
  answers(items, rows) {
    const found = Map.groupBy(rows, (row) => row['item'] as string)
    return items.map((item) => (found.get(item) ?? []).map(toOutboxRow))
  },
}

export const outboxOfRecord = single<{ readonly target: string; readonly recordId: string }, OutboxRow | undefined>(
  'outbox-by-record',
  ({ target, recordId }) => ({
    statement: { name: 'outbox-by-record', text: `SELECT ${outboxColumns} FROM outbox o WHERE o.target = $1::text AND o.record_id = $2::text ORDER BY o.position DESC LIMIT 1` },
    values: [target, recordId],
  }),
  ([row]) => (row === undefined ? undefined : toOutboxRow(row)),
)

export interface OutboxRequest { readonly target?: string | undefined; readonly state?: OutboxState | undefined; readonly after?: string | undefined; readonly limit: number }

export const outboxPage = single<OutboxRequest, { readonly rows: readonly OutboxRow[]; readonly next?: string }>(
  'outbox-rows',
  ({ target, state, after, limit }) => ({
    statement: {
      name: `outbox-rows${target === undefined ? '' : '-target'}${state === undefined ? '' : '-state'}`,
      text: `SELECT ${outboxColumns} FROM outbox o WHERE o.position > $1::int8 AND ${target === undefined ? '$3::text IS NULL' : 'o.target = $3::text'}
        AND ${state === undefined ? '$4::int2 IS NULL' : 'o.state = $4::int2'} ORDER BY o.position LIMIT $2::int8`,
    },
    values: [after === undefined ? 0 : Number(after), limit + 1, target ?? null, state === undefined ? null : outboxStates.indexOf(state)],
  }),
  (rows, { limit }) => {
    const { rows: page, next } = pageOf(rows, limit, (row) => String(row['position']))
    return { rows: page.map(toOutboxRow), ...(next === undefined ? {} : { next }) }
  },
)

export const outboxCounts = single<undefined, readonly { readonly target: string; readonly state: OutboxState; readonly count: number; readonly oldest?: Date }[]>(
  'outbox-summary',
  () => ({
    statement: {
      name: 'outbox-summary',
      text: `SELECT s.target, s.state, s.total, f.created_at FROM (SELECT target, state, sum(count)::int8 AS total FROM outbox_count GROUP BY target, state) s
        LEFT JOIN LATERAL (SELECT o.created_at FROM outbox o WHERE o.target = s.target AND o.state = s.state AND s.state <> 2 ORDER BY o.position LIMIT 1) f ON true
        WHERE s.total > 0 ORDER BY s.target, s.state`,
    },
    values: [],
  }),
  (rows) => rows.map((row) => ({
    target: row['target'] as string, state: outboxStates[row['state'] as number] as OutboxState, count: row['total'] as number,
    ...(row['created_at'] === null ? {} : { oldest: row['created_at'] as Date }),
  })),
)

function toCheckpoint(row: Row): Checkpoint {
  return { size: row['size'] as number, note: row['note'] as string }
}
