import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { SettingsError } from '../settings.ts'

/** Result code of sqlite3.h: the lock is taken. */
const SQLITE_BUSY = 5
const waitMaxMs = 180_000

/**
 * Runs `body` while no other process of this data directory runs one of the same `name`: starting makes files, keys and the first entries, and
 * several that start at once must find what the first one made. The lock is the operating system's, and dies with its process. Errors:
 * SettingsError when the others take longer than 3 minutes; those of `body`.
 */
export async function inTurn<T>(directory: string, name: string, body: () => Promise<T>): Promise<T> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, `${name}.lock`)
  closeSync(openSync(path, 'a', 0o600))
  const lock = new DatabaseSync(path)
  try {
    await take(lock, directory)
    return await body()
  } finally {
    lock.close()
  }
}

async function take(lock: DatabaseSync, directory: string): Promise<void> {
  const until = performance.now() + waitMaxMs
  for (;;) {
    try {
      lock.exec('BEGIN EXCLUSIVE')
      return
    } catch (error) {
      if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error
      if (performance.now() > until) throw new SettingsError(`Another process has been starting on ${directory} for 3 minutes. Stop it, or look at what it says.`, { cause: error })
    }
    await delay(20)
  }
}
