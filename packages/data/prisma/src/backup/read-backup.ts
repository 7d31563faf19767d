import { createHash } from 'node:crypto'
import { invalid } from '@careledger/data-kit'
import { StoreError } from '@careledger/data-spec'
import { texts } from '../driver/array-literals.ts'
import { command, type Driver, type Query, type Session } from '../driver/driver.ts'
import { toStoreError } from '../to-store-error.ts'
import { backupTables, type BackupTable, type ColumnType } from './tables.ts'

const batchBytesMax = 2 * 1024 * 1024

/** Puts a backup into an empty store in one transaction that commits only when the last line's digest and count are right. */
export async function readBackup(driver: Driver, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const session = await driver.acquire('other').catch((error: unknown) => { throw toStoreError(error, 'connect') })
  try {
    await session.run([command('BEGIN'), command('SET LOCAL idle_in_transaction_session_timeout = 0'), command('SET LOCAL statement_timeout = 0')])
    await refuseFull(session)
    await putRows(session, chunks)
    await session.run(sequences)
    try {
      await session.run([command('COMMIT')])
    } catch (error) {
      session.destroy()
      throw toStoreError(error, 'commit')
    }
  } catch (error) {
    if (!session.broken) await session.run([command('ROLLBACK')]).catch(() => { session.destroy() })
    throw toStoreError(error, 'before-commit')
  } finally {
    driver.release('other', session)
  }
}

async function refuseFull(session: Session): Promise<void> {
  const answers = await session.run(backupTables.map(({ name }) => ({ statement: { text: `SELECT 1 AS one FROM "${name}" LIMIT 1` }, values: [] })))
  if (answers.some((rows) => rows.length > 0)) throw invalid('The store is not empty.')
}

async function putRows(session: Session, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const digest = createHash('sha256')
  let table: BackupTable | undefined
  let batch: (readonly unknown[])[] = []
  let bytes = 0
  let rows = 0
  let last: { readonly rows: number; readonly sha256: string } | undefined
  const put = async (): Promise<void> => {
    if (table !== undefined && batch.length > 0) await session.run([insert(table, batch)]).catch((error: unknown) => { throw isRefusedValue(error) ? damaged() : error })
    rows += batch.length
    batch = []
    bytes = 0
  }
  for await (const line of linesOf(chunks)) {
    if (last !== undefined) throw damaged()
    const value = parse(line)
    if (Array.isArray(value)) {
      if (table === undefined || value.length !== Object.keys(table.columns).length) throw damaged()
      batch.push(value)
      bytes += line.length
      if (bytes > batchBytesMax) await put()
    } else if (isEnd(value)) {
      await put()
      last = value
      continue
    } else {
      await put()
      table = tableOf(value)
      if (table === undefined) checkHead(value)
    }
    digest.update(line).update('\n')
  }
  if (last === undefined || last.rows !== rows || last.sha256 !== digest.digest('hex')) throw damaged()
}

/** The table of a line that begins one, with the columns that it had when the backup was made: later ones take their defaults. */
function tableOf(value: unknown): BackupTable | undefined {
  const { table, columns } = value as { readonly table?: unknown; readonly columns?: unknown }
  const known = backupTables.find(({ name }) => name === table)
  if (known === undefined) {
    if (typeof table === 'string') throw newer()
    return undefined
  }
  // The first backups did not name columns.
  if (columns === undefined) return known
  if (!Array.isArray(columns)) throw damaged()
  if (columns.some((name) => known.columns[String(name)] === undefined)) throw newer()
  return { ...known, columns: Object.fromEntries(columns.map((name) => [String(name), known.columns[String(name)] as ColumnType])) }
}

function checkHead(value: unknown): void {
  const format = String((value as { readonly format?: unknown }).format)
  if (format === 'careledger-backup/1') return
  throw /^careledger-backup\/\d+$/.test(format) ? newer() : damaged()
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Uint8Array[] = []
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)])
      rest = []
      from = end + 1
    }
    if (from < chunk.length) rest.push(chunk.slice(from))
  }
  if (rest.length > 0) throw damaged()
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8')) as unknown
  } catch {
    throw damaged()
  }
}

function isEnd(value: unknown): value is { readonly rows: number; readonly sha256: string } {
  return typeof value === 'object' && value !== null && 'sha256' in value
}

/** A value that its column cannot take, before the digest could tell. SQLSTATE class 22 (data), 23 (constraint), 54 (size). */
function isRefusedValue(error: unknown): boolean {
  return /^(?:22|23|54)/.test(String((error as { readonly code?: unknown }).code))
}

function newer(): StoreError {
  return new StoreError('STORE_INVALID', 'The backup was made by a newer version of CareLedger. Restore it with that version or a later one.')
}

function damaged(): StoreError {
  return new StoreError('STORE_CORRUPTION', 'The backup is damaged or cut.')
}

/** How a column's text becomes its value. */
const reading: Readonly<Record<ColumnType, (column: string) => string>> = {
  uuid: (column) => `${column}::uuid`,
  text: (column) => column,
  bytea: (column) => `decode(${column}, 'base64')`,
  int2: (column) => `${column}::int2`,
  int4: (column) => `${column}::int4`,
  int8: (column) => `${column}::int8`,
  jsonb: (column) => `${column}::jsonb`,
  timestamptz: (column) => `to_timestamp(${column}::float8 / 1000.0)`,
}

function insert({ name, columns }: BackupTable, rows: readonly (readonly unknown[])[]): Query {
  const names = Object.keys(columns)
  const inputs = names.map((_, at) => `($${at + 1}::text)::text[]`)
  const values = Object.values(columns).map((type, at) => reading[type](`i.c${at}`))
  return {
    statement: {
      name: `restore-${name}`,
      text: `INSERT INTO "${name}" (${names.map((column) => `"${column}"`).join(', ')}) SELECT ${values.join(', ')} FROM unnest(${inputs.join(', ')}) AS i(${names.map((_, at) => `c${at}`).join(', ')})`,
    },
    values: names.map((_, at) => texts(rows.map((row) => {
      const value = row[at]
      if (value === null) return undefined
      return typeof value === 'string' ? value : JSON.stringify(value)
    }))),
  }
}

/** Numbers go on behind the restored ones. */
const sequences: readonly Query[] = [['waiting', 'arrival'], ['outbox', 'position']].map(([table, column]) => ({
  statement: { text: `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), greatest((SELECT max("${column}") FROM "${table}"), 1)) AS value` },
  values: [],
}))
