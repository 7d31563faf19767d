import { DatabaseSync } from 'node:sqlite'
import { LedgerError } from '@careledger/ledger-spec'

/** Result code of sqlite3.h: the lock is taken. */
const SQLITE_BUSY = 5

/**
 * Holds `<path>.lock` for this process until `release`. The operating system's own file lock, taken through SQLite because Node
 * has no call for it: it dies with the process, so a killed writer never leaves a stale one. LEDGER_UNAVAILABLE when another
 * writer, in this process or elsewhere, holds it.
 */
export function lockJournal(path: string): { release(): void } {
  const database = new DatabaseSync(`${path}.lock`)
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error
    throw new LedgerError('LEDGER_UNAVAILABLE', 'Another writer has this journal open')
  }
  return { release: () => database.close() }
}
