import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError, type DataStore } from '@careledger/data-spec'
import { createStore, type StoreSettings } from './create-store.ts'
import { lockDirectory } from './directory-lock.ts'
import { createDiskRoom } from './driver/disk-room.ts'
import { createPgliteDriver } from './driver/create-pglite-driver.ts'
import type { Driver } from './driver/driver.ts'
import { appliedQuery, migrate } from './migrate/migrate.ts'

export interface PgliteStoreSettings extends StoreSettings {
  /** Made when absent; one process at a time. */
  readonly directory: string
}

/**
 * A store inside the process: PostgreSQL as WebAssembly on a directory. Durability is `process-death`: PGlite never calls fsync, so it
 * survives kill -9 and not a power cut. STORE_LOCKED when another process has the directory; STORE_UNAVAILABLE when it cannot be used.
 */
export async function createPgliteStore({ directory, ...settings }: PgliteStoreSettings): Promise<DataStore> {
  return createStore(await openPglite(directory), settings)
}

/** The driver, with the schema up to date. */
export async function openPglite(directory: string): Promise<Driver> {
  const lock = await lockDirectory(directory).catch((error: unknown) => {
    throw error instanceof StoreError ? error : new StoreError('STORE_UNAVAILABLE', 'The data directory cannot be used.', { cause: error })
  })
  try {
    return await open(directory, () => lock.release())
  } catch (cause) {
    await lock.release()
    throw cause instanceof StoreError ? cause : new StoreError('STORE_UNAVAILABLE', 'The embedded database cannot be opened.', { cause })
  }
}

async function open(directory: string, onClose: () => Promise<void>): Promise<Driver> {
  const path = join(directory, 'database')
  const ready = join(directory, 'database-ready')
  // A first start that was cut leaves half a database that has never acknowledged anything: begin again.
  if (!(await exists(ready))) await rm(path, { recursive: true, force: true })
  await mkdir(path, { recursive: true, mode: 0o700 })
  const { PGlite } = await import('@electric-sql/pglite')
  const database = await PGlite.create(path)
  try {
    await migrate({
      applied: async () => {
        const { rows: [found] } = await database.query<{ found: boolean }>("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found")
        return found?.found === true ? (await database.query<{ name: string; checksum: string; finished: boolean }>(appliedQuery)).rows : []
      },
      factory: async () => ({ factory: new (await import('pglite-prisma-adapter')).PrismaPGlite(database) }),
    })
    await writeFile(ready, '')
    return await createPgliteDriver(database, { room: createDiskRoom(path), onClose })
  } catch (error) {
    await database.close()
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false)
}
