import { createPostgresStore } from '@careledger/data-prisma'
import { findPostgres, startPostgres, type PostgresServer } from '@careledger/data-prisma/testing'
import type { DataStore } from '@careledger/data-spec'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accept, note } from '../../__fixtures__/world.ts'
import { createFilledWorld, writeMore, type FilledWorld } from '../../__fixtures__/filled-world.ts'
import { rebuild } from '../rebuild.ts'
import { audit } from './audit.ts'

type Row = Readonly<Record<string, unknown>>

/** What no audit can judge, with the reason; `AuditReport.notCovered` and the threat model say the same. A column that is not here must be named. */
const notCovered: Readonly<Record<string, string>> = {
  'claim.*': 'single-use values of the last minutes and hours; no entry says which were used',
  'lease.*': 'who sequences now; nothing rests on it after a restart',
  'waiting.arrival': 'the order in which entries get their index; the log says what it became',
  'projection.version': 'counts changes; a row that is rebuilt begins at 1',
  'outbox.position': 'order of work', 'outbox.created_at': 'when the row was made', 'outbox.attempts': 'for operators', 'outbox.receipt': 'for operators', 'outbox.reason': 'for operators', 'outbox.leased_until': 'who works on it now',
  'outbox_count.part': 'two halves of one sum',
}
const isCovered = (table: string, column: string): boolean => !(`${table}.*` in notCovered) && !(`${table}.${column}` in notCovered)

/** What must name a row: `kind id`, of one of these. A row whose own name was changed is named by either name. */
const names: Readonly<Record<string, (row: Row) => readonly string[]>> = {
  entry: ({ id }) => [`entry ${String(id)}`, `sealed ${String(id)}`, `document ${String(id)}`],
  waiting: ({ entry_id }) => [`leaf ${String(entry_id)}`, `entry ${String(entry_id)}`],
  leaf: ({ leaf_index, entry_id }) => [`leaf ${String(leaf_index)}`, `entry ${String(entry_id)}`, `leaf ${String(entry_id)}`],
  tile: ({ path }) => [`tile ${String(path)}`],
  tree: ({ log }) => ['tile frontier', 'tile size', `tile tree of ${String(log)}`],
  checkpoint: ({ size }) => [`checkpoint ${String(size)}`],
  chain_head: ({ chain }) => [`leaf head of ${String(chain).split('/').slice(0, 2).join('/')}`],
  projection: ({ table_name, row_key }) => [`projection ${String(table_name)}/${String(row_key)}`],
  projection_index: ({ table_name, row_key }) => [`projection ${String(table_name)}/${String(row_key)}`],
  decision: ({ id }) => [`decision ${String(id)}`],
  // A row that says another state than it had is named by the kept count of that state.
  outbox: ({ target, item }) => [`outbox ${String(target)}/${String(item)}`, `ledger ${String(target)}/${String(item)}`, `outbox ${String(target)} final`],
  outbox_count: ({ target, state }) => [`outbox ${String(target)} ${['waiting', 'sent', 'final', 'blocked'][Number(state)] ?? ''}`],
}

/** SQL that changes the column's value in one row, by type. */
function changed(column: string, type: string): string | undefined {
  if (type === 'bytea') return `set_byte(${column}, length(${column}) - 1, get_byte(${column}, length(${column}) - 1) # 1)`
  if (type === 'uuid') return `(overlay(${column}::text placing (CASE WHEN right(${column}::text, 1) = '0' THEN '1' ELSE '0' END) from 36))::uuid`
  if (type === 'smallint') return `(${column} + 1)::smallint`
  if (type === 'bigint' || type === 'integer') return `${column} + 100000`
  if (type === 'jsonb') return `'{"stray": "value"}'::jsonb`
  if (type === 'text' || type === 'character varying') return `overlay(${column} placing (CASE WHEN substr(${column}, length(${column}) / 2, 1) = '5' THEN '6' ELSE '5' END) from greatest(length(${column}) / 2, 1))`
  return undefined
}

const same = (alias: string, columns: readonly string[], row: Row): string =>
  columns.map((name) => `${alias}."${name}"::text IS NOT DISTINCT FROM ${row[name] === null ? 'NULL' : Buffer.isBuffer(row[name]) ? `'\\x${row[name].toString('hex')}'` : `'${String(row[name]).replaceAll("'", "''")}'`}`).join(' AND ')

describe.skipIf(findPostgres() === undefined)('audit on PostgreSQL', () => {
  let server: PostgresServer
  let store: DataStore
  let sql: pg.Client
  let world: FilledWorld

  beforeAll(async () => {
    server = await startPostgres({ fsync: false })
    const connectionString = await server.createDatabase()
    store = await createPostgresStore({ connectionString })
    sql = new pg.Client({ connectionString })
    await sql.connect()
    world = await createFilledWorld({ base: store })
    // Two entries wait for the log.
    for (const text of ['waits', 'waits too']) await accept(world.parts, world.doctor, await note(world.doctor, world.subject, text))
  }, 120_000)
  afterAll(async () => {
    await sql?.end()
    await store?.close()
    await server?.stop()
  })

  /** Changes a table, audits, puts everything back. Gives what the audit names, as `kind id`. */
  const whileChanged = async (table: string, change: string): Promise<readonly string[]> => {
    await sql.query(`BEGIN; CREATE TABLE kept AS SELECT * FROM "${table}"; ${change}; COMMIT`).catch(async (error: unknown) => {
      await sql.query('ROLLBACK')
      throw error
    })
    const found = await audit(world.parts).then(({ findings }) => findings.map(({ kind, id }) => `${kind} ${id}`), (error: unknown) => [`ended: ${String(error)}`])
    await sql.query(`BEGIN; DELETE FROM "${table}"; INSERT INTO "${table}" SELECT * FROM kept; DROP TABLE kept; COMMIT`)
    return found
  }
  /** Whether one of these rows is among what was found; otherwise a sentence about it. */
  const unnamed = (table: string, rows: readonly Row[], found: readonly string[], title: string): readonly string[] => {
    const wanted = rows.flatMap((row) => names[table]?.(row) ?? [])
    return wanted.some((name) => found.includes(name)) ? [] : [`${title} (${wanted[0] ?? ''}): ${found.slice(0, 3).join('; ') || 'nothing found'}`]
  }
  const tablesOf = async (): Promise<readonly string[]> => {
    const { rows } = await sql.query<{ name: string }>(`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%' AND table_name NOT LIKE 'old\\_%' ORDER BY 1`)
    return rows.map(({ name }) => name)
  }
  const covered = async () => (await tablesOf()).filter((table) => !(`${table}.*` in notCovered))
  /** Rows to change: of entries, notes with a payload beside them; of checkpoints, the newest, which the ledger has. */
  const some = async (table: string, where = 'true', count = 1): Promise<readonly Row[]> => {
    const chosen = { entry: `network = 'ward' AND commitment IS NOT NULL AND id IN (SELECT entry_id FROM leaf)`, outbox: where.includes('"data"') ? 'true' : `stream = 'ward'`, projection: `table_name = 'note'`, projection_index: `table_name = 'note'` }[table] ?? 'true'
    const order = table === 'checkpoint' ? 'size DESC' : 'ctid'
    return (await sql.query<Row>(`SELECT ctid::text AS at, * FROM "${table}" WHERE ${chosen} AND ${where} ORDER BY ${order} LIMIT ${count}`)).rows
  }

  it('finds nothing in a store that nobody touched, and rebuild leaves nothing to find', async () => {
    expect((await audit(world.parts)).findings).toEqual([])
    await rebuild(world.parts)
    expect((await audit(world.parts)).findings).toEqual([])
  }, 60_000)

  it('names the row whose value was changed, for any column of any table', async () => {
    const { rows: columns } = await sql.query<{ table: string; column: string; type: string }>(
      `SELECT table_name AS table, column_name AS column, data_type AS type FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%' AND table_name NOT LIKE 'old\\_%' ORDER BY 1, 2`)
    const left = Object.keys(notCovered).filter((name) => !columns.some(({ table, column }) => name === `${table}.*` || name === `${table}.${column}`))
    expect(left, 'listed as not covered, but there is no such column').toEqual([])
    const failures: string[] = []
    for (const { table, column, type } of columns.filter((one) => isCovered(one.table, one.column))) {
      const value = changed(`"${column}"`, type)
      const [before] = await some(table, `"${column}" IS NOT NULL${table === 'entry' && column !== 'document_id' ? ' AND document_id IS NULL' : ''}`)
      if (value === undefined || before === undefined) {
        failures.push(`${table}.${column}: nothing to change`)
        continue
      }
      const key = `${table}.${column}`
      const found = await whileChanged(table, `UPDATE "${table}" SET "${column}" = ${value} WHERE ctid = '${String(before['at'])}'`)
      const { rows: [after] } = await sql.query<Row>(`SELECT ${value} AS value FROM "${table}" WHERE "${column}" IS NOT NULL ORDER BY ctid LIMIT 1`)
      failures.push(...unnamed(table, [before, { ...before, [column]: after?.['value'] }], found, key))
    }
    expect(failures).toEqual([])
    expect((await audit(world.parts)).findings).toEqual([])
  }, 300_000)

  it('names a row that was taken away from any table', async () => {
    const failures: string[] = []
    for (const table of await covered()) {
      const [row] = await some(table)
      if (row === undefined) failures.push(`${table}: no row`)
      else {
        const found = await whileChanged(table, `DELETE FROM "${table}" WHERE ctid = '${String(row['at'])}'`)
        // A decision that is gone is named by the entry that counts it, and its place.
        if (table === 'decision') expect(found[0]).toMatch(/^decision [0-9a-f-]{36}#0$/)
        else failures.push(...unnamed(table, [row], found, `${table}: removed`))
      }
    }
    expect(failures).toEqual([])
  }, 120_000)

  it('names a row that was added to any table', async () => {
    const uuid = `'01890a5d-ac96-774b-bcce-b302099a8057'`
    const other: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      entry: { id: uuid, commitment: 'NULL', sealed: 'NULL' }, leaf: { leaf_index: '(SELECT max(leaf_index) + 1 FROM leaf)', entry_id: uuid, chain_sequence: 'chain_sequence + 100000' }, waiting: { arrival: '100000', entry_id: uuid },
      tile: { path: `'tile/0/007'` }, tree: { log: `'other.test/log/0'` }, // How many checkpoints a filling makes depends on the pace; a size that none has yet.
      checkpoint: { size: '(SELECT max(free) FROM generate_series(1, size) free WHERE free NOT IN (SELECT size FROM checkpoint))' }, chain_head: { chain: `'ward/nobody'` }, projection: { row_key: uuid }, projection_index: { index_value: `'stray'` },
      decision: { id: `overlay(id::text placing 'fff' from 34)::uuid` }, outbox: { position: '100000', item: uuid }, outbox_count: { state: '3', count: '5' },
    }
    const failures: string[] = []
    for (const table of await covered()) {
      const [row] = await some(table)
      if (row === undefined) {
        failures.push(`${table}: no row`)
        continue
      }
      const columns = Object.keys(row).filter((name) => name !== 'at')
      const values = columns.map((name) => other[table]?.[name] ?? `"${name}"`)
      const where = `WHERE ctid = '${String(row['at'])}'`
      const { rows: [added] } = await sql.query<Row>(`SELECT ${values.map((value, at) => `${value} AS "${columns[at] ?? ''}"`).join(', ')} FROM "${table}" ${where}`)
      const found = await whileChanged(table, `INSERT INTO "${table}" (${columns.map((name) => `"${name}"`).join(', ')}) SELECT ${values.join(', ')} FROM "${table}" ${where}`)
      failures.push(...unnamed(table, [added as Row], found, `${table}: added`))
    }
    expect(failures).toEqual([])
  }, 120_000)

  it('names two rows whose contents were exchanged, for any table that has two', async () => {
    const keys: Readonly<Record<string, readonly string[]>> = {
      entry: ['id', 'commitment', 'document_id'], leaf: ['leaf_index', 'log', 'chain_sequence', 'entry_id', 'chain'], tile: ['log', 'path'], checkpoint: ['log', 'size'], chain_head: ['log', 'chain'],
      projection: ['table_name', 'row_key'], projection_index: ['index_name', 'table_name', 'index_value'], decision: ['id'], outbox: ['position', 'item', 'target'],
    }
    const failures: string[] = []
    for (const [table, own] of Object.entries(keys)) {
      const rows = await some(table, 'true', 40)
      const [first] = rows
      const second = rows.find((row) => first !== undefined && Object.keys(row).some((name) => name !== 'at' && !own.includes(name) && isCovered(table, name) && String(row[name]) !== String(first[name])))
      if (first === undefined || second === undefined) {
        failures.push(`${table}: no two rows`)
        continue
      }
      const columns = Object.keys(first).filter((name) => name !== 'at' && !own.includes(name))
      const set = columns.map((name) => `"${name}" = b."${name}"`).join(', ')
      const found = await whileChanged(table, `UPDATE "${table}" a SET ${set} FROM kept b WHERE (a.ctid = '${String(first['at'])}' AND ${same('b', own, second)}) OR (a.ctid = '${String(second['at'])}' AND ${same('b', own, first)})`)
      for (const row of [first, second]) failures.push(...unnamed(table, [row], found, `${table}: swapped`))
    }
    expect(failures).toEqual([])
  }, 120_000)

  it('names what a table lacks that was set back to an earlier state', async () => {
    const tables = await covered()
    for (const table of tables) await sql.query(`CREATE TABLE "old_${table}" AS SELECT * FROM "${table}"`)
    await writeMore(world)
    const failures: string[] = []
    for (const table of tables) {
      const { rows: newer } = await sql.query<Row>(`(SELECT * FROM "${table}" EXCEPT SELECT * FROM "old_${table}") UNION ALL (SELECT * FROM "old_${table}" EXCEPT SELECT * FROM "${table}")`)
      if (newer.length === 0) {
        failures.push(`${table}: nothing was written`)
        continue
      }
      const found = await whileChanged(table, `DELETE FROM "${table}"; INSERT INTO "${table}" SELECT * FROM "old_${table}"`)
      if (table === 'decision') expect(found[0]).toMatch(/^decision [0-9a-f-]{36}#0$/)
      else failures.push(...unnamed(table, newer, found, `${table}: set back`))
    }
    expect(failures).toEqual([])
    expect((await audit(world.parts)).findings).toEqual([])
  }, 120_000)

  it('names the subject\'s record whose epoch was changed', async () => {
    await sql.query('UPDATE outbox SET epoch = epoch + 1 WHERE item = $1', [world.notes[0]])
    expect((await audit(world.parts)).findings.map(({ what, kind, id }) => `${what} ${kind} ${id}`)).toEqual([`altered outbox memory/${world.notes[0]}`])
    await sql.query('UPDATE outbox SET epoch = epoch - 1 WHERE item = $1', [world.notes[0]])
  })
})
