import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { VaultError } from '../vault-error.ts'

/** Result code of sqlite3.h: the lock is taken. */
const SQLITE_BUSY = 5
/** Longest wait for another process that changes the vault; its longest step is one group's sync or one erasure. */
const WAIT_MAX_MS = 20_000

/**
 * The operating system's own lock of a file, taken through SQLite because Node has no call for it: it dies with its process, so a killed
 * holder leaves none. `shared`: any number hold it, and nobody holds it exclusively. `undefined`: somebody is in the way.
 */
export function tryFileLock(path: string, way: 'shared' | 'exclusive'): { release(): void } | undefined {
  const database = openLockFile(path)
  try {
    database.exec(way === 'shared' ? 'BEGIN' : 'BEGIN EXCLUSIVE')
    if (way === 'shared') database.prepare('SELECT count(*) FROM sqlite_master').get()
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error
    return undefined
  }
}

/** Who may change a vault, or read on in its files: one at a time over all processes. */
export interface VaultTurn {
  /** Runs `body` alone, after `begin`. Errors: VAULT_LOCKED when another process does not let go within 20 s; those of `begin` and `body`. */
  run<T>(body: () => Promise<T>): Promise<T>
  /** Whether `body` of a `run` of this process is running: nobody else can have changed anything since its `begin`. */
  readonly held: boolean
  /** After the turns that were asked for. */
  close(): Promise<void>
}

/** `begin` brings this process up to date; it runs in every turn first. */
export function createVaultTurn(path: string, begin: () => Promise<void>): VaultTurn {
  const database = openLockFile(path)
  let last: Promise<unknown> = Promise.resolve()
  let held = false

  const take = async (): Promise<void> => {
    const until = performance.now() + WAIT_MAX_MS
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 8)) {
      try {
        database.exec('BEGIN EXCLUSIVE')
        return
      } catch (error) {
        if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error
        if (performance.now() > until) throw new VaultError('VAULT_LOCKED', 'Another process does not let go of the key vault.', { cause: error })
      }
      await delay(pauseMs)
    }
  }
  const turn = async <T>(body: () => Promise<T>): Promise<T> => {
    await take()
    try {
      await begin()
      held = true
      return await body()
    } finally {
      held = false
      database.exec('ROLLBACK')
    }
  }
  return {
    get held() {
      return held
    },
    run(body) {
      const mine = last.then(() => turn(body))
      last = mine.catch(() => undefined)
      return mine
    },
    close: () => last.then(() => database.close()),
  }
}

/** SQLite would make the file readable for all. */
function openLockFile(path: string): DatabaseSync {
  closeSync(openSync(path, 'a', 0o600))
  return new DatabaseSync(path)
}
