import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appliedQuery, migrate } from './migrate.ts'
import { readMigrations, readSchema } from './migrations.ts'
import { createSchemaEngine } from './schema-engine.ts'

describe('the migrations', () => {
  let folder: string
  let database: PGlite
  let loaded = 0
  const run = () => migrate({
    applied: async () => (await database.query<{ name: string; checksum: string; finished: boolean }>(appliedQuery).catch(() => ({ rows: [] }))).rows,
    factory: async () => {
      loaded += 1
      return { factory: new PrismaPGlite(database) }
    },
  })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'careledger-migrate-'))
    database = await PGlite.create(join(folder, 'database'))
    await run()
  }, 240_000)
  afterAll(async () => {
    await database.close()
    await rm(folder, { recursive: true })
  })

  it('make exactly what schema.prisma says', async () => {
    const engine = await createSchemaEngine(new PrismaPGlite(database))
    const difference = async (schema: string): Promise<readonly string[]> => {
      const { stdout } = await engine.diff({
        from: { tag: 'migrations', ...listOf() }, to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
        script: true, shadowDatabaseUrl: null, exitCode: null, filters: { externalTables: [], externalEnums: [] },
      } as Parameters<typeof engine.diff>[0])
      return (stdout ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('--'))
    }
    expect(await difference(readSchema())).toEqual([])
    expect(await difference(readSchema().replace('network       String', 'network       String?'))).toEqual(['ALTER TABLE "entry" ALTER COLUMN "network" DROP NOT NULL;'])
    engine.free()
  }, 240_000)

  it('are not loaded again when the database shows them all', async () => {
    const before = loaded
    await run()
    expect([before, loaded]).toEqual([1, 1])
  })

  it('have no semicolon in a comment, where the driver would cut them', () => {
    for (const { script } of readMigrations()) expect(script.split('\n').filter((line) => line.includes('--') && line.split('--')[1]?.includes(';'))).toEqual([])
  })

  it('refuse a database of a newer version, an edited one and one that was cut, with a clear message', async () => {
    const [{ name = '' } = {}] = readMigrations()
    const refused = async (change: string, undo: string) => {
      await database.exec(change)
      const error = await run().catch((caught: unknown) => caught)
      await database.exec(undo)
      return error
    }
    const insert = `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, applied_steps_count) VALUES ('x', 'x', '29991231000000_later', now(), 1)`
    expect(await refused(insert, "DELETE FROM _prisma_migrations WHERE id = 'x'")).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { migration: '29991231000000_later' }, message: expect.stringContaining('newer version') })
    const { rows: [kept] } = await database.query<{ checksum: string }>('SELECT checksum FROM _prisma_migrations')
    expect(await refused("UPDATE _prisma_migrations SET checksum = 'other'", `UPDATE _prisma_migrations SET checksum = '${kept?.checksum ?? ''}'`)).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { migration: name } })
    expect(await refused('UPDATE _prisma_migrations SET finished_at = NULL', 'UPDATE _prisma_migrations SET finished_at = now()')).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('interrupted') })
    await run()
  })
})

function listOf() {
  return {
    baseDir: 'prisma/migrations', lockfile: { path: './migration_lock.toml', content: 'provider = "postgresql"\n' }, shadowDbInitScript: '',
    migrationDirectories: readMigrations().map(({ name, script }) => ({ path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: script } } })),
  }
}
