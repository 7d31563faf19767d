import pg from 'pg'
import type { DataStore } from '@careledger/data-spec'
import { createPostgresDriver } from './driver/create-postgres-driver.ts'
import type { Driver } from './driver/driver.ts'
import { createStore, type StoreSettings } from './create-store.ts'
import { appliedQuery, migrate, pendingUpgrade, type Applied, type UpgradeSettings } from './migrate/migrate.ts'
import { toStoreError } from './to-store-error.ts'

export interface PostgresStoreSettings extends StoreSettings, UpgradeSettings {
  /** `postgresql://user:password@host:port/database`; the database must exist, its tables are made and migrated at start. */
  readonly connectionString: string
  /** Connections at most, at least 3; 10 when absent. */
  readonly poolMax?: number | undefined
}

/**
 * A store on PostgreSQL 14 or newer. Durability is `power-loss` unless the server runs with `fsync` off. Many processes may use one
 * database. STORE_UNAVAILABLE when the server cannot be reached, or its schema is not one that this version can use.
 */
export async function createPostgresStore({ connectionString, poolMax = 10, upgrade, onUpgrade, ...settings }: PostgresStoreSettings): Promise<DataStore> {
  return createStore(await openPostgres({ connectionString, poolMax, upgrade, onUpgrade }), settings)
}

/** The driver, with the schema up to date. */
export async function openPostgres(settings: UpgradeSettings & { readonly connectionString: string; readonly poolMax: number }): Promise<Driver> {
  const driver = await createPostgresDriver(settings).catch((error: unknown) => { throw toStoreError(error, 'connect') })
  try {
    await migrateOnce(driver, settings)
    return driver
  } catch (error) {
    await driver.close()
    throw toStoreError(error, 'connect')
  }
}

/** One process at a time: an advisory lock of ours is held meanwhile. */
async function migrateOnce(driver: Driver, { connectionString, ...upgrading }: UpgradeSettings & { readonly connectionString: string }): Promise<void> {
  const session = await driver.acquire('other')
  const ask = async (text: string) => (await session.run([{ statement: { text }, values: [] }]))[0] ?? []
  const applied = async () => {
    const [found] = await ask("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found")
    return found?.['found'] === true ? ((await ask(appliedQuery)) as unknown as readonly Applied[]) : []
  }
  const lock = 'hashtextextended(\'careledger/migrate\', 0)'
  await ask(`SET lock_timeout = '60s'`).catch(() => undefined)
  await ask(`SELECT pg_advisory_lock(${lock}) IS NULL AS locked`)
  try {
    const pending = pendingUpgrade(await applied(), upgrading)
    if (pending.length > 0) upgrading.onUpgrade?.({ pending })
    await migrate({
      applied,
      factory: async () => {
        const pool = new pg.Pool({ connectionString, max: 2 })
        return { factory: new (await import('@prisma/adapter-pg')).PrismaPg(pool), dispose: () => pool.end() }
      },
    })
  } finally {
    await ask(`SELECT pg_advisory_unlock(${lock}) AS unlocked`).catch(() => undefined)
    driver.release('other', session)
  }
}
