import { createHash } from 'node:crypto'
import { command, type Driver, type Row } from '../driver/driver.ts'
import { toStoreError } from '../to-store-error.ts'
import { backupTables, type BackupTable } from './tables.ts'

const rowsAtOnce = 250

/**
 * JSON lines: a head, then for each table its name and columns followed by its rows as arrays (bytes in base64, times in milliseconds), then a line
 * with the number of rows and the SHA-256 of everything before it. One snapshot, read by cursor: memory does not grow with the store.
 */
export async function* writeBackup(driver: Driver): AsyncGenerator<Uint8Array> {
  const session = await driver.acquire('other').catch((error: unknown) => { throw toStoreError(error, 'connect') })
  const digest = createHash('sha256')
  const chunk = (lines: readonly unknown[]): Uint8Array => {
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    digest.update(bytes)
    return bytes
  }
  let rows = 0
  let ended = false
  try {
    await session.run([
      command('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY'), command('SET LOCAL idle_in_transaction_session_timeout = 0'), command('SET LOCAL statement_timeout = 0'),
    ])
    yield chunk([{ format: 'careledger-backup/1' }])
    for (const table of backupTables) {
      yield chunk([{ table: table.name, columns: Object.keys(table.columns) }])
      await session.run([command(`DECLARE backup NO SCROLL CURSOR FOR SELECT ${Object.keys(table.columns).map((name) => `"${name}"`).join(', ')} FROM "${table.name}" ORDER BY ${table.order}`)])
      for (;;) {
        const [found = []] = await session.run([{ statement: { text: `FETCH ${rowsAtOnce} FROM backup` }, values: [] }])
        if (found.length === 0) break
        rows += found.length
        yield chunk(found.map((row) => toLine(table, row)))
      }
      await session.run([command('CLOSE backup')])
    }
    await session.run([command('COMMIT')])
    ended = true
    yield Buffer.from(`${JSON.stringify({ rows, sha256: digest.digest('hex') })}\n`)
  } catch (error) {
    throw toStoreError(error, 'before-commit')
  } finally {
    if (!ended && !session.broken) await session.run([command('ROLLBACK')]).catch(() => { session.destroy() })
    driver.release('other', session)
  }
}

function toLine({ columns }: BackupTable, row: Row): readonly unknown[] {
  return Object.keys(columns).map((name) => {
    const value = row[name]
    if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
    return value instanceof Date ? value.getTime() : value
  })
}
