import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startDemoWorld, type DemoWorld } from '../testing/demo-world.ts'
import { mayMount, mountSmallDisk, type SmallDisk } from '../testing/small-disk.ts'

describe.skipIf(!mayMount)(`a ledger that takes nothing${mayMount ? '' : ' (not run: its journal is put on a full file system, which root only can mount)'}`, () => {
  let directory: string
  let disk: SmallDisk
  let world: DemoWorld
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'careledger-ledger-down-'))
    disk = mountSmallDisk(join(directory, 'ledger'), 8)
    world = await startDemoWorld({ directory })
  }, 180_000)
  afterAll(async () => {
    await world?.stop()
    disk?.unmount()
    rmSync(directory, { recursive: true, force: true })
  }, 60_000)

  it('does not hold up writes or reads; what waited is on it when it is back', async () => {
    const operator = await world.as('staff-b1f852')
    const ledger = async () => (await operator.platform.overview.query({})).ledgers[0] as Awaited<ReturnType<typeof operator.platform.overview.query>>['ledgers'][number]
    const open = async () => Object.entries((await ledger()).outbox).reduce((sum, [state, count]) => sum + (state === 'final' ? 0 : (count ?? 0)), 0)
    await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 30_000, interval: 200 })
    const height = BigInt((await ledger()).health.height ?? '0')

    disk.fill()
    const imported = await world.importCanary({ identifier: 'MRN-CANARY-0', observations: 20 })
    expect(imported.receipts.map(({ state }) => state)).not.toContain('stored')
    expect(Object.values(await world.records()).some((counts) => counts['Observation'] === 20)).toBe(true)
    const doctor = await world.as('staff-5d81c6')
    const states = async () => new Set((await doctor.hospital.records.states.query({ ids: [...imported.ids] })).items.map(({ state }) => state))
    expect(await states()).toEqual(new Set(['sequenced']))
    expect(await open()).toBeGreaterThan(20)
    expect((await ledger()).oldestNotFinal).toBeDefined()
    expect(await world.ready()).toBe(200)

    disk.empty()
    await vi.waitFor(async () => expect(await states()).toEqual(new Set(['anchored'])), { timeout: 30_000, interval: 200 })
    await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 30_000, interval: 200 })
    expect(BigInt((await ledger()).health.height ?? '0')).toBeGreaterThan(height)
    expect((await ledger()).health.ok).toBe(true)
  }, 120_000)
})
