import { findPostgres, startPostgres, type PostgresServer } from '@careledger/data-prisma/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectRefusal, startDemoWorld, type DemoWorld } from '../testing/demo-world.ts'

const binaries = findPostgres()

describe.skipIf(binaries === undefined)(`a store that is down${binaries === undefined ? ' (not run: there are no PostgreSQL binaries here)' : ''}`, () => {
  let server: PostgresServer
  let world: DemoWorld
  beforeAll(async () => {
    server = await startPostgres({ fsync: false })
    world = await startDemoWorld({ env: { DATABASE_URL: await server.createDatabase() } })
  }, 180_000)
  afterAll(async () => {
    await world?.stop()
    await server?.stop()
  }, 60_000)

  it('gives 503 UNAVAILABLE and is not ready; when it is back the app recovers by itself and nothing is lost', async () => {
    await world.importCanary({ identifier: 'MRN-CANARY-0' })
    const records = await world.records()
    const doctor = await world.raw('staff-5d81c6')
    for (const round of [1, 2]) {
      await server.crash()
      await vi.waitFor(async () => expect(await world.ready()).toBe(503), { timeout: 10_000, interval: 50 })
      expectRefusal(await doctor.call('hospital.patients.list', '{}'), 503, 'UNAVAILABLE', /Repeat later; nothing was changed/)
      expectRefusal(await doctor.call('hospital.imports.prepare', '{"identifiers":[{"value":"MRN-CANARY-9"}]}'), 503, 'UNAVAILABLE')
      await expect(world.importCanary({ identifier: 'MRN-CANARY-1' })).rejects.toMatchObject({ name: 'Problem', code: 'UNAVAILABLE' })
      const many = await Promise.all(Array.from({ length: 300 }, () => doctor.call('session.me', '{}')))
      expect(new Set(many.map(({ code }) => code)), 'no caller is blamed for it').toEqual(new Set(['UNAVAILABLE']))
      expect((await fetch(`${world.url}/health/live`)).status).toBe(200)
      await server.start()
      await vi.waitFor(async () => expect(await world.ready()).toBe(200), { timeout: 20_000, interval: 50 })
      await vi.waitFor(async () => expect(await world.records(), `round ${round}`).toEqual(records), { timeout: 20_000, interval: 200 })
    }
    const imported = await world.importCanary({ identifier: 'MRN-CANARY-1' })
    const { items } = await (await world.as('staff-5d81c6')).hospital.records.states.query({ ids: [...imported.ids] })
    expect(items.every(({ state }) => state !== 'stored' && state !== 'blocked')).toBe(true)
  }, 120_000)
})
