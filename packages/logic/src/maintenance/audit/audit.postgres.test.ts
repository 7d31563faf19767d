import { createPostgresStore } from '@careledger/data-prisma'
import { findPostgres, startPostgres, type PostgresServer } from '@careledger/data-prisma/testing'
import type { DataStore } from '@careledger/data-spec'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFilledWorld, type FilledWorld } from '../../__fixtures__/filled-world.ts'
import { rebuild } from '../rebuild.ts'
import { audit } from './audit.ts'

/** What the audit does not look at, with the reason. */
const leftOut: Readonly<Record<string, string>> = {
  'waiting.*': 'no entry waits in this world',
  'lease.*': 'who sequences now; nothing rests on it after a restart',
  'claim.*': 'single-use values of the last minutes',
  'projection.version': 'counts changes; a row that is rebuilt begins at 1',
  'outbox.position': 'order of work', 'outbox.created_at': 'when the row was made', 'outbox.attempts': 'for operators', 'outbox.receipt': 'for operators', 'outbox.reason': 'for operators', 'outbox.leased_until': 'who works on it now',
  'outbox.epoch': 'found only where a subject has it, see the test below',
  'outbox_count.part': 'two halves of one sum',
  'entry.document_id': 'null in the row that is changed here; see the in-memory tests for documents',
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
  }, 120_000)
  afterAll(async () => {
    await sql?.end()
    await store?.close()
    await server?.stop()
  })

  /** Changes a table, audits, puts everything back. Gives whether the audit saw nothing; an audit that cannot go on has seen it. */
  const whileChanged = async (table: string, change: string): Promise<boolean> => {
    await sql.query(`BEGIN; CREATE TABLE kept AS SELECT * FROM "${table}"; ${change}; COMMIT`)
    const unseen = await audit(world.parts).then(({ ok }) => ok, () => false)
    await sql.query(`BEGIN; DELETE FROM "${table}"; INSERT INTO "${table}" SELECT * FROM kept; DROP TABLE kept; COMMIT`)
    return unseen
  }

  it('finds nothing in a store that nobody touched, and rebuild leaves nothing to find', async () => {
    expect((await audit(world.parts)).findings).toEqual([])
    await rebuild(world.parts)
    expect((await audit(world.parts)).findings).toEqual([])
  }, 60_000)

  it('finds a change of any column of any table', async () => {
    const { rows: columns } = await sql.query<{ table: string; column: string; type: string }>(
      `SELECT table_name AS table, column_name AS column, data_type AS type FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%' ORDER BY 1, 2`)
    const unseen: string[] = []
    let tried = 0
    for (const { table, column, type } of columns) {
      if (`${table}.${column}` in leftOut || `${table}.*` in leftOut) continue
      const value = changed(`"${column}"`, type)
      const place = (await sql.query<{ ctid: string }>(`SELECT ctid::text FROM "${table}" WHERE "${column}" IS NOT NULL ${table === 'entry' ? `AND network = 'ward' AND commitment IS NOT NULL AND document_id IS NULL` : ''} ORDER BY ctid LIMIT 1`)).rows[0]
      if (value === undefined || place === undefined) {
        unseen.push(`${table}.${column}: nothing to change`)
        continue
      }
      tried++
      if (await whileChanged(table, `UPDATE "${table}" SET "${column}" = ${value} WHERE ctid = '${place.ctid}'`)) unseen.push(`${table}.${column}`)
    }
    expect(unseen).toEqual([])
    expect(tried).toBeGreaterThan(30)
    expect((await audit(world.parts)).findings).toEqual([])
  }, 300_000)

  it('finds a row taken away from any table', async () => {
    const unseen: string[] = []
    for (const table of ['entry', 'leaf', 'tile', 'tree', 'checkpoint', 'chain_head', 'projection', 'projection_index', 'decision', 'outbox', 'outbox_count']) {
      // Of the checkpoints, the one that the ledger has.
      const order = table === 'checkpoint' ? 'ORDER BY size DESC' : ''
      if (await whileChanged(table, `DELETE FROM "${table}" WHERE ctid = (SELECT ctid FROM "${table}" ${order} LIMIT 1)`)) unseen.push(table)
    }
    expect(unseen).toEqual([])
  }, 120_000)

  it('names the subject\'s record whose epoch was changed', async () => {
    await sql.query('UPDATE outbox SET epoch = epoch + 1 WHERE item = $1', [world.notes[0]])
    expect((await audit(world.parts)).findings.map(({ what, kind, id }) => `${what} ${kind} ${id}`)).toEqual([`altered outbox memory/${world.notes[0]}`])
    await sql.query('UPDATE outbox SET epoch = epoch - 1 WHERE item = $1', [world.notes[0]])
  })
})
