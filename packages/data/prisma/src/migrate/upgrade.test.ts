import { existsSync, readdirSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPglite } from '../create-pglite-store.ts'
import { createStore } from '../create-store.ts'
import { readMigrations, type Migration } from './migrations.ts'
import type { Upgrade } from './migrate.ts'

/** A later version: one more migration than this one has. */
const script = 'ALTER TABLE "decision" ADD COLUMN "later" TEXT NOT NULL DEFAULT \'said later\';'
const later: readonly Migration[] = [...readMigrations(), { name: '29990101000000_later', script, checksum: createHash('sha256').update(script).digest('hex') }]
const kept = new TextEncoder().encode('kept')
const id = '01999999-0000-7000-8000-000000000001'

describe('an embedded database of an older version', () => {
  let directory: string
  const read = async (migrations?: readonly Migration[], onUpgrade?: (upgrade: Upgrade) => void) => {
    const store = createStore(await openPglite(directory, { migrations, onUpgrade }))
    try {
      return await store.read((view) => view.decisions({ limit: 10 }))
    } finally {
      await store.close()
    }
  }
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'careledger-older-'))
    const store = createStore(await openPglite(directory))
    await store.write({ decisions: [{ id, about: 'somebody', bytes: kept }] })
    await store.close()
  }, 120_000)
  afterAll(() => rm(directory, { recursive: true, force: true }))

  it('is not touched where upgrading is refused', async () => {
    await expect(openPglite(directory, { migrations: later, upgrade: 'refuse' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('careledger upgrade'), details: { migration: '29990101000000_later' } })
    expect((await read()).rows).toHaveLength(1)
  }, 60_000)

  it('is copied whole before it is migrated, keeps its rows, and is refused by the older version from then on', async () => {
    const told: Upgrade[] = []
    expect((await read(later, (upgrade) => told.push(upgrade))).rows).toEqual([{ id, about: 'somebody', bytes: kept }])
    const copy = join(directory, 'database-before-29990101000000_later')
    expect(told).toEqual([{ pending: ['29990101000000_later'], copy }])
    expect(readdirSync(copy)).toContain('PG_VERSION')
    await read(later, (upgrade) => told.push(upgrade))
    expect(told).toHaveLength(1)
    await expect(openPglite(directory)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringMatching(/newer version.*Start that version or a later one/), details: { migration: '29990101000000_later' } })

    // The copy is the way back.
    await rm(join(directory, 'database'), { recursive: true })
    await rename(copy, join(directory, 'database'))
    expect((await read()).rows).toEqual([{ id, about: 'somebody', bytes: kept }])
    expect(existsSync(copy)).toBe(false)
  }, 120_000)
})
