import { StoreError } from '@careledger/data-spec'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { readMigrations, type Migration } from './migrations.ts'

export interface Applied { readonly name: string; readonly checksum: string; readonly finished: boolean }

/**
 * Brings the schema up to date. When `_prisma_migrations` already shows every migration with its checksum, the engine is not even
 * loaded. STORE_UNAVAILABLE when the database was migrated by a newer version, when a migration was cut, or when one was edited.
 */
export async function migrate({ applied, factory, migrations = readMigrations() }: {
  /** Default: those of this version. */
  readonly migrations?: readonly Migration[] | undefined
  /** Rows of `_prisma_migrations` that were not rolled back; empty when there is no such table. */
  readonly applied: () => Promise<readonly Applied[]>
  /** Made only when there is something to apply. */
  readonly factory: () => Promise<{ readonly factory: SqlMigrationAwareDriverAdapterFactory; dispose?(): Promise<void> }>
}): Promise<void> {
  if (check(migrations, await applied()) === migrations.length) return
  const { createSchemaEngine } = await import('./schema-engine.ts')
  const made = await factory()
  const engine = await createSchemaEngine(made.factory)
  try {
    await engine.applyMigrations({ migrationsList: toList(migrations), filters: { externalTables: [], externalEnums: [] } })
  } catch (cause) {
    throw new StoreError('STORE_UNAVAILABLE', 'A migration of the database failed.', { cause })
  } finally {
    engine.free()
    await made.dispose?.()
  }
  check(migrations, await applied())
}

/** What opening a store does about a database of an older version. */
export interface UpgradeSettings {
  /** `refuse`: STORE_UNAVAILABLE, and nothing is changed. Default: it is migrated. */
  readonly upgrade?: 'refuse' | undefined
  /** Told before a database that holds something is migrated. */
  readonly onUpgrade?: ((upgrade: Upgrade) => void) | undefined
}
export interface Upgrade {
  /** Names of the migrations to come, in order. */
  readonly pending: readonly string[]
  /** The folder of the copy that was made of an embedded database; on a server, the operator's own backup has to do. */
  readonly copy?: string | undefined
}

/**
 * Names of the migrations that a database lacks, none for one that holds nothing yet. Errors: STORE_UNAVAILABLE, as `migrate`, and for an
 * older database where upgrading is refused.
 */
export function pendingUpgrade(applied: readonly Applied[], { upgrade }: UpgradeSettings, migrations: readonly Migration[] = readMigrations()): readonly string[] {
  const count = check(migrations, applied)
  const pending = migrations.slice(count).map(({ name }) => name)
  if (count === 0 || pending.length === 0) return []
  if (upgrade === 'refuse') throw new StoreError('STORE_UNAVAILABLE', 'The database is of an older version of CareLedger. Upgrade it first: careledger upgrade.', { details: { migration: pending[0] ?? '' } })
  return pending
}

export const appliedQuery = `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL`

/** Gives how many of ours are applied. */
function check(migrations: readonly Migration[], applied: readonly Applied[]): number {
  for (const { name, checksum, finished } of applied) {
    const ours = migrations.find((migration) => migration.name === name)
    if (ours === undefined) throw refused('The database was migrated by a newer version of CareLedger. Start that version or a later one; there is no way back but a backup from before.', name)
    if (!finished) throw refused('A migration of the database was interrupted. Restore a backup, or repair it with `prisma migrate resolve`.', name)
    if (ours.checksum !== checksum) throw refused('A migration that the database has is not the one that this version knows.', name)
  }
  return applied.length
}

function refused(message: string, migration: string): StoreError {
  return new StoreError('STORE_UNAVAILABLE', message, { details: { migration } })
}

function toList(migrations: readonly Migration[]) {
  return {
    baseDir: 'prisma/migrations',
    lockfile: { path: './migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, script }) => ({ path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: script } } })),
  }
}
