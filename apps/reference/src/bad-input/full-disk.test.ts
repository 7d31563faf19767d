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
    disk = mountSmallDisk(directory, 512)
    world = await startDemoWorld({ directory: join(directory, 'data') })
  }, 180_000)
  afterAll(async () => {
    await world?.stop()
    disk?.unmount()
    rmSync(directory, { recursive: true, force: true })
  }, 60_000)

  it.each([0, 85])('with %i MB left refuses what it cannot keep with 503, loses nothing, and goes on by itself once there is room', async (leftMegabytes) => {
    const large = { observations: 200, noteLength: 20_000 }
    const patients: string[] = []
    await world.importCanary({ identifier: `MRN-CANARY-0${leftMegabytes}` })
    const records = await world.records()
    const doctor = await world.raw('staff-5d81c6')
    disk.fill(leftMegabytes)
    const outcomes: unknown[] = []
    for (let n = 1; n <= 8 && outcomes.length === 0; n++) await world.importCanary({ identifier: `MRN-CANARY-A${leftMegabytes}-${n}`, ...large }).then((done) => { patients.push(done.patient) }, (error: unknown) => outcomes.push(error))
    expect(outcomes).toMatchObject([{ name: 'Problem', code: 'UNAVAILABLE', message: expect.stringMatching(/Repeat later; nothing was changed/) as string }])
    if (leftMegabytes === 0) {
      expect(await world.ready()).toBe(503)
      expectRefusal(await doctor.call('session.me', '{}'), 503, 'UNAVAILABLE')
    } else {
      expect(await world.records(), 'there is room for the decision that each reading leaves').toMatchObject(records)
    }
    expect((await fetch(`${world.url}/health/live`)).status).toBe(200)
    expect((await fetch(`${world.url}/log/checkpoint`)).status).toBe(200)
    disk.empty()
    await vi.waitFor(async () => expect(await world.ready()).toBe(200), { timeout: 20_000, interval: 100 })
    const kept = await world.records()
    expect(kept).toMatchObject(records)
    expect(Object.keys(kept).sort()).toEqual([...Object.keys(records), ...patients].sort())
    for (const patient of patients) expect(kept[patient]).toEqual({ Patient: 1, Observation: large.observations })
    await world.importCanary({ identifier: `MRN-CANARY-Z${leftMegabytes}`, observations: 2 })
    await world.restart('SIGINT')
    expect(Object.keys(await world.records())).toHaveLength(Object.keys(kept).length + 1)
    expectRefusal(await doctor.call('hospital.records.list', '{'), 400, 'INPUT_MALFORMED')
  }, 120_000)
})
