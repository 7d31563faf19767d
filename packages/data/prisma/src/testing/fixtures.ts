import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DataStoreUnderTest } from '@careledger/data-conformance'
import { StoreError, type DataStore } from '@careledger/data-spec'
import { backupTables } from '../backup/tables.ts'
import { openPglite } from '../create-pglite-store.ts'
import { copyEmptyDatabase } from './empty-database.ts'
import { openPostgres } from '../create-postgres-store.ts'
import { createStore, type StoreSettings } from '../create-store.ts'
import { command, type Driver, type Lane, type Session } from '../driver/driver.ts'
import type { PostgresServer } from './postgres-server.ts'

const emptyAll = `TRUNCATE ${[...backupTables.map(({ name }) => `"${name}"`), '"lease"'].join(', ')} RESTART IDENTITY`

export interface Subjects {
  create(settings?: StoreSettings): Promise<DataStoreUnderTest>
  /** Makes databases beforehand, in a hook that may take long. */
  prepare(count: number): Promise<void>
  closeAll(): Promise<void>
}

/**
 * Databases that are emptied and used again: making one takes seconds, emptying it milliseconds. A store's `close` ends its own sessions
 * only, and the database stays open for the next one; `reopen` closes it in earnest.
 */
export function createSubjects(open: (place: string) => Promise<Driver>, makePlace: () => Promise<string>): Subjects {
  const free: { readonly place: string; readonly driver: Driver }[] = []
  return {
    async create(settings) {
      const used = free.pop()
      const place = used?.place ?? (await makePlace())
      let driver = used?.driver ?? (await open(place))
      const session = await driver.acquire('other')
      await session.run([command(emptyAll)])
      driver.release('other', session)
      const stores: DataStore[] = []
      const lend = async (): Promise<DataStore> => {
        const store = createStore(lent(driver), settings)
        stores.push(store)
        return store
      }
      const closeStores = async (): Promise<void> => { for (const store of stores.splice(0)) await store.close() }
      return {
        store: await lend(),
        ...(driver.kind === 'postgres' ? { second: lend } : {}),
        async reopen() {
          await closeStores()
          await driver.close()
          driver = await open(place)
          return lend()
        },
        async dispose() {
          await closeStores()
          free.push({ place, driver })
        },
      }
    },
    async prepare(count) {
      for (let at = 0; at < count; at += 1) {
        const place = await makePlace()
        free.push({ place, driver: await open(place) })
      }
    },
    async closeAll() {
      for (const { driver } of free.splice(0)) await driver.close()
    },
  }
}

/** The driver, without the power to close it: closing ends what was lent. */
function lent(driver: Driver): Driver {
  const held = new Map<Session, Lane>()
  let open = true
  const closed = (): StoreError => new StoreError('STORE_CLOSED', 'The store is closed.')
  return {
    ...driver,
    async acquire(lane) {
      if (!open) throw closed()
      const session = await driver.acquire(lane)
      held.set(session, lane)
      if (open) return session
      driver.release(lane, session)
      throw closed()
    },
    release(lane, session) {
      held.delete(session)
      driver.release(lane, session)
    },
    async close() {
      open = false
      for (const session of held.keys()) session.destroy()
    },
  }
}

/** PGlite directories in a temporary folder. */
export function pgliteSubjects(wrap: (driver: Driver) => Driver = (driver) => driver): Subjects {
  const folder = mkdtempSync(join(tmpdir(), 'careledger-pglite-'))
  let made = 0
  const subjects = createSubjects(async (place) => wrap(await openPglite(place)), async () => {
    const place = join(folder, `store-${made += 1}`)
    await copyEmptyDatabase(place)
    return place
  })
  return {
    ...subjects,
    async closeAll() {
      await subjects.closeAll()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Databases of a server. */
export function postgresSubjects(server: () => PostgresServer, wrap: (driver: Driver) => Driver = (driver) => driver): Subjects {
  return createSubjects(async (place) => wrap(await openPostgres({ connectionString: place, poolMax: 8 })), () => server().createDatabase())
}
