import { createInMemoryLedger } from '@careledger/ledger-in-memory'
import { describe, expect, it } from 'vitest'
import { accept, createWorld, settled, stock } from '../__fixtures__/world.ts'
import { startLog } from '../log/start-log.ts'
import { createParts, type Parts } from '../parts.ts'
import { settleRoutes } from './settle-routes.ts'

/** The same instance with other ledgers in its configuration. */
function configured(parts: Parts, targets: Parts['targets']): Parts {
  return createParts({ ...parts, routes: undefined, targets, networks: [...parts.networks.values()].filter(({ name }) => name !== 'log'), settings: parts.settings })
}

async function written() {
  const world = await createWorld()
  const log = await startLog(world.parts)
  await accept(world.parts, world.doctor, await stock(world.doctor))
  await settled(world.parts)
  await log.stop()
  return world
}

describe('settling routes at the start', () => {
  it('writes the configuration down once, and then finds nothing to do', async () => {
    const world = await createWorld()
    expect(await settleRoutes(world.parts)).toEqual([])
    const row = await world.parts.store.read((view) => view.projection('routes', 'routes'))
    expect(await settleRoutes(world.restart())).toEqual([])
    expect((await world.parts.store.read((view) => view.projection('routes', 'routes')))?.version).toBe(row?.version)
  })

  it('leaves a network where it stands when the configuration changed, and says so', async () => {
    const world = await written()
    const other = await createInMemoryLedger()
    const parts = configured(world.parts, [{ name: 'memory', ledger: world.ledger }, { name: 'other', ledger: other, networks: ['ward'] }])
    expect(await settleRoutes(parts)).toEqual([{ network: 'ward', configured: [{ target: 'other', way: 'indexed' }], standing: [{ target: 'memory', way: 'indexed' }] }])
  })

  it('lets a network that is new in the configuration begin with its next entry', async () => {
    const world = await written()
    const parts = configured(world.parts, [{ name: 'memory', ledger: world.ledger, networks: ['ward', 'identity'] }])
    expect(await settleRoutes(parts)).toEqual([])
    const log = await startLog(parts)
    await settled(parts)
    await log.stop()
    expect((await world.ledger.list('identity', { limit: 10 })).records).toEqual([])
  })

  it('refuses a configuration without a ledger that a network is on, and another ledger under its name', async () => {
    const world = await written()
    const other = await createInMemoryLedger()
    await expect(startLog(configured(world.parts, [{ name: 'other', ledger: other, networks: ['ward'] }]))).rejects.toMatchObject({ code: 'INPUT_MALFORMED', message: expect.stringContaining('written to the ledger memory, which the configuration does not name') })
    await expect(startLog(configured(world.parts, [{ name: 'memory', ledger: other, networks: ['ward'] }]))).rejects.toMatchObject({ code: 'INPUT_MALFORMED', message: expect.stringContaining('another one than this log was written to') })
  })
})
