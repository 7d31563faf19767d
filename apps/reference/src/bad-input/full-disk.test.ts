import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectRefusal, startDemoWorld, type DemoWorld } from '../testing/demo-world.ts'
import { mayMount, mountSmallDisk, type SmallDisk } from '../testing/small-disk.ts'

describe.skipIf(!mayMount)(`a full disk${mayMount ? '' : ' (not run: a small file system can be mounted by root only)'}`, () => {
  let directory: string
  let disk: SmallDisk
  let world: DemoWorld
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'careledger-full-disk-'))
    disk = mountSmallDisk(directory, 256)
    world = await startDemoWorld({ directory: join(directory, 'data') })
  }, 180_000)
  afterAll(async () => {
    await world?.stop()
    disk?.unmount()
    rmSync(directory, { recursive: true, force: true })
  }, 60_000)

  it('refuses what it cannot keep with 503, loses nothing, and goes on by itself once there is room', async () => {
    await world.importCanary({ identifier: 'MRN-CANARY-0' })
    const records = await world.records()
    const doctor = await world.raw('kim-min-jun')
    disk.fill()
    const refusal = await world.importCanary({ identifier: 'MRN-CANARY-1', observations: 200, noteLength: 20_000 }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ name: 'Problem', code: 'UNAVAILABLE', message: expect.stringMatching(/Repeat later; nothing was changed/) as string })
    expect((await fetch(`${world.url}/health/live`)).status).toBe(200)
    expect((await fetch(`${world.url}/log/checkpoint`)).status).toBe(200)
    disk.empty()
    await vi.waitFor(async () => expect(await world.ready()).toBe(200), { timeout: 20_000, interval: 100 })
    expect(await world.records()).toEqual(records)
    await world.importCanary({ identifier: 'MRN-CANARY-1', observations: 200, noteLength: 20_000 })
    await world.restart('SIGINT')
    expect(Object.keys(await world.records())).toHaveLength(Object.keys(records).length + 1)
    expectRefusal(await doctor.call('hospital.records.list', '{'), 400, 'INPUT_MALFORMED')
  }, 120_000)
})
