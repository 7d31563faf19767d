import { cp, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError, type DataStore } from '@careledger/data-spec'
import { createStore, type StoreSettings } from './create-store.ts'
import { lockDirectory } from './directory-lock.ts'
import { createDiskRoom } from './driver/disk-room.ts'
import { createPgliteDriver } from './driver/create-pglite-driver.ts'
import type { Driver } from './driver/driver.ts'
import { appliedQuery, migrate, pendingUpgrade, type Applied, type UpgradeSettings } from './migrate/migrate.ts'
import type { Migration } from './migrate/migrations.ts'

export interface PgliteStoreSettings extends StoreSettings, UpgradeSettings {
  /** Made when absent; one process at a time. */
  readonly directory: string
}

/**
 * A store inside the process: PostgreSQL as WebAssembly on a directory. Durability is `process-death`: PGlite never calls fsync, so it
 * survives kill -9 and not a power cut. A database of an older version is copied beside itself and then migrated. STORE_LOCKED when another process has the directory; STORE_UNAVAILABLE when it cannot be used.
 */
export async function createPgliteStore({ directory, upgrade, onUpgrade, ...settings }: PgliteStoreSettings): Promise<DataStore> {
  return createStore(await openPglite(directory, { upgrade, onUpgrade }), settings)
}

/** The driver, with the schema up to date. */
export async function openPglite(directory: string, upgrading: UpgradeSettings & { readonly migrations?: readonly Migration[] | undefined } = {}): Promise<Driver> {
  const lock = await lockDirectory(directory).catch((error: unknown) => {
    throw error instanceof StoreError ? error : new StoreError('STORE_UNAVAILABLE', 'The data directory cannot be used.', { cause: error })
  })
  try {
    return await open(directory, upgrading, () => lock.release())
  } catch (cause) {
    await lock.release()
    throw cause instanceof StoreError ? cause : new StoreError('STORE_UNAVAILABLE', 'The embedded database cannot be opened.', { cause })
  }
}

async function open(directory: string, upgrading: Parameters<typeof openPglite>[1] & object, onClose: () => Promise<void>): Promise<Driver> {
  const path = join(directory, 'database')
  const ready = join(directory, 'database-ready')
  // A first start that was cut leaves half a database that has never acknowledged anything: begin again.
  if (!(await exists(ready))) await rm(path, { recursive: true, force: true })
  await mkdir(path, { recursive: true, mode: 0o700 })
  const { PGlite } = await import('@electric-sql/pglite')
  let database = await PGlite.create(path)
  const applied = async (): Promise<readonly Applied[]> => {
    const { rows: [found] } = await database.query<{ found: boolean }>("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found")
    return found?.found === true ? (await database.query<Applied & Record<string, unknown>>(appliedQuery)).rows : []
  }
  try {
    const pending = pendingUpgrade(await applied(), upgrading, upgrading.migrations)
    if (pending.length > 0) {
      await database.close()
      upgrading.onUpgrade?.({ pending, copy: await keepCopy(directory, path, pending) })
      database = await PGlite.create(path)
    }
    await migrate({
      applied,
      migrations: upgrading.migrations,
      factory: async () => ({ factory: new (await import('pglite-prisma-adapter')).PrismaPGlite(database) }),
    })
    await writeFile(ready, '')
    return await createPgliteDriver(database, { room: createDiskRoom(path), onClose })
  } catch (error) {
    if (!database.closed) await database.close()
    throw error
  }
}

/** A whole copy, made under another name and renamed, so that a half one is never taken for one. */
async function keepCopy(directory: string, path: string, [next = '']: readonly string[]): Promise<string> {
  const copy = join(directory, `database-before-${next}`)
  if (await exists(copy)) return copy
  try {
    await rm(`${copy}.new`, { recursive: true, force: true })
    await cp(path, `${copy}.new`, { recursive: true })
    await rename(`${copy}.new`, copy)
    return copy
  } catch (cause) {
    await rm(`${copy}.new`, { recursive: true, force: true })
    throw new StoreError('STORE_UNAVAILABLE', 'The database could not be copied before its upgrade; nothing was changed. Make room for a second copy of it.', { cause })
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false)
}
