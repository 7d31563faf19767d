import { DatabaseSync } from 'node:sqlite'
import { LedgerError } from '@careledger/ledger-spec'

/**
 * Holds `<path>.lock` for this process until `release`. The operating system's own file lock, taken through SQLite because Node
 * has no call for it: it dies with the process, so a killed writer never leaves a stale one. LEDGER_UNAVAILABLE when another
 * writer, in this process or elsewhere, holds it.
 */
export function lockJournal(path: string): { release(): void } {
  const database = new DatabaseSync(`${path}.lock`)
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch {
    database.close()
    throw new LedgerError('LEDGER_UNAVAILABLE', 'Another writer has this journal open')
  }
  return { release: () => database.close() }
}
