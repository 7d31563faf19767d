import { StoreError } from '@careledger/data-spec'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { readMigrations, type Migration } from './migrations.ts'

interface Applied { readonly name: string; readonly checksum: string; readonly finished: boolean }

/**
 * Brings the schema up to date. When `_prisma_migrations` already shows every migration with its checksum, the engine is not even
 * loaded. STORE_UNAVAILABLE when the database was migrated by a newer version, when a migration was cut, or when one was edited.
 */
export async function migrate({ applied, factory }: {
  /** Rows of `_prisma_migrations` that were not rolled back; empty when there is no such table. */
  readonly applied: () => Promise<readonly Applied[]>
  /** Made only when there is something to apply. */
  readonly factory: () => Promise<{ readonly factory: SqlMigrationAwareDriverAdapterFactory; dispose?(): Promise<void> }>
}): Promise<void> {
  const migrations = readMigrations()
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

export const appliedQuery = `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL`

/** Gives how many of ours are applied. */
function check(migrations: readonly Migration[], applied: readonly Applied[]): number {
  for (const { name, checksum, finished } of applied) {
    const ours = migrations.find((migration) => migration.name === name)
    if (ours === undefined) throw refused('The database was migrated by a newer version of CareLedger.', name)
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
