import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { allLeaves, LOG, sequence } from '@careledger/data-conformance/samples'
import type { DataStore } from '@careledger/data-spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPgliteStore, createPostgresStore } from './index.ts'
import { findPostgres, startPostgres, type PostgresServer } from './testing/postgres-server.ts'
import { startWorker, type Worker } from './testing/workers.ts'

/** What the workers were told stands. */
interface Acknowledged { readonly ids: readonly string[]; readonly versions: ReadonlyMap<string, number>; readonly size: number }

function acknowledged(workers: readonly Worker[]): Acknowledged {
  const words = workers.flatMap((worker) => worker.lines()).map((line) => line.split(' '))
  const wrote = words.filter(([word]) => word === 'wrote')
  return {
    ids: wrote.flatMap(([, first = '', second = '']) => [first, second]),
    versions: new Map(wrote.map(([, , , key = '', version]) => [key, Number(version)])),
    size: Math.max(0, ...words.filter(([word]) => word === 'sequenced').map(([, , to]) => Number(to))),
  }
}

/** Nothing acknowledged is lost, nothing is there twice, indexes and chains have no gap, and every entry has an index or waits for one. */
async function checkWorld(store: DataStore, told: Acknowledged): Promise<number> {
  const leaves = await allLeaves(store)
  const waiting: string[] = []
  for (let after: number | undefined; ;) {
    const page = await store.read((view) => view.unsequenced({ after, limit: 1_000 }))
    waiting.push(...page.map(({ entry }) => entry.id))
    if (page.length < 1_000) break
    after = page.at(-1)?.arrival
  }
  const all = [...leaves.map(({ id }) => id), ...waiting]
  expect(new Set(all).size).toBe(all.length)
  const stored = new Set(all)
  expect(told.ids.filter((id) => !stored.has(id))).toEqual([])
  expect(leaves.map(({ index }) => index)).toEqual(leaves.map((_, at) => at))
  expect(leaves.length).toBeGreaterThanOrEqual(told.size)
  expect(await store.read((view) => view.treeState(LOG))).toMatchObject({ size: leaves.length })
  const heads = new Map<string, number>()
  for (const { chain, chainSequence } of leaves) {
    expect(chainSequence).toBe((heads.get(chain) ?? -1) + 1)
    heads.set(chain, chainSequence)
  }
  const state = await store.sequencer.state(LOG, [...heads.keys()])
  expect(new Map([...state.heads].map(([chain, { sequence: at }]) => [chain, at]))).toEqual(heads)
  for (const [key, version] of told.versions) {
    const row = await store.read((view) => view.projection('rows', key))
    expect(row?.version).toBeGreaterThanOrEqual(version)
    expect(row?.version).toBeLessThanOrEqual(version + 1)
  }
  return all.length
}

describe('kill -9', () => {
  it('of the process with the embedded store, again and again, loses nothing and doubles nothing; the directory opens at once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'careledger-crash-'))
    const workers: Worker[] = []
    for (let round = 0; round < 4; round += 1) {
      const worker = startWorker('pglite', directory, `round-${round}`)
      workers.push(worker)
      await worker.until('wrote', 3 + round * 7)
      await delay(Math.random() * 40)
      await worker.kill()
    }
    const store = await createPgliteStore({ directory })
    expect(await checkWorld(store, acknowledged(workers))).toBeGreaterThan(100)
    await sequence(store, LOG, (await store.sequencer.lease(LOG, 'last', 60_000).then(async (lease) => lease ?? (await delay(500), store.sequencer.lease(LOG, 'last', 60_000))))?.token ?? 0)
    await checkWorld(store, acknowledged(workers))
    await store.close()
    await rm(directory, { recursive: true })
  }, 300_000)

  describe.skipIf(findPostgres() === undefined)('on a PostgreSQL server (skipped where there are no server binaries)', () => {
    let server: PostgresServer
    beforeAll(async () => { server = await startPostgres() }, 120_000)
    afterAll(() => server.stop())

    it('of writers and sequencers, two processes at once, loses nothing and doubles nothing', async () => {
      const place = await server.createDatabase()
      const steady = startWorker('postgres', place, 'steady')
      const workers = [steady]
      for (let round = 0; round < 4; round += 1) {
        const worker = startWorker('postgres', place, `round-${round}`)
        workers.push(worker)
        await worker.until('wrote', 5 + round * 11)
        await delay(Math.random() * 40)
        await worker.kill()
      }
      await steady.until('sequenced', 3)
      await steady.kill()
      const store = await createPostgresStore({ connectionString: place })
      expect(await checkWorld(store, acknowledged(workers))).toBeGreaterThan(200)
      await store.close()
    }, 300_000)

    it('of the server itself loses nothing that was acknowledged, and the store goes on when it is back', async () => {
      const place = await server.createDatabase()
      const store = await createPostgresStore({ connectionString: place })
      const worker = startWorker('postgres', place, 'writer')
      await worker.until('wrote', 40)
      await server.crash()
      await expect(store.read((view) => view.treeState(LOG))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      expect((await store.health()).ok).toBe(false)
      await delay(200)
      await worker.kill()
      expect(worker.lines().filter((line) => line.startsWith('refused')).every((line) => /STORE_(?:UNAVAILABLE|OUTCOME_UNKNOWN)$/.test(line))).toBe(true)
      await server.start()
      await checkWorld(store, acknowledged([worker]))
      expect(await store.health()).toEqual({ ok: true, problems: [] })
      await store.close()
    }, 300_000)

    it('is not needed to stop a sequencer that was paused beyond its lease: it wakes up fenced', async () => {
      const place = await server.createDatabase()
      const store = await createPostgresStore({ connectionString: place })
      const [writer, paused] = [startWorker('postgres', place, 'writer', 'write'), startWorker('postgres', place, 'paused', 'sequence')]
      for (let round = 1; round <= 3; round += 1) {
        await paused.until('sequenced', round * 3)
        await delay(Math.random() * 20)
        paused.signal('SIGSTOP')
        let lease: { readonly token: number } | undefined
        while (lease === undefined) {
          await delay(100)
          lease = await store.sequencer.lease(LOG, `rescuer-${round}`, 10_000)
        }
        for (let batch = 0; batch < 3; batch += 1) await sequence(store, LOG, lease.token, 30)
        paused.signal('SIGCONT')
        await delay(50)
        await sequence(store, LOG, lease.token, 30)
        await store.sequencer.release(LOG, `rescuer-${round}`)
      }
      await writer.kill()
      await paused.kill()
      await checkWorld(store, acknowledged([writer, paused]))
      expect(paused.lines()).toContain('fenced')
      // The server ends the transaction of one who was paused inside it.
      expect(paused.lines().filter((line) => line.startsWith('refused') && !/STORE_(?:UNAVAILABLE|OUTCOME_UNKNOWN)$/.test(line))).toEqual([])
      await store.close()
    }, 300_000)
  })
})
