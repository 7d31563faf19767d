import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { accept, createWorld, note } from '../__fixtures__/world.ts'
import { startHeartbeat } from '../processes/process-rows.ts'
import { rowBytes } from '../entries/rows.ts'
import { PROJECTIONS_FORM, readProjectionsForm, settleProjectionsForm } from './projections-form.ts'

/** A world with a record, whose projections say no form: as a version before forms left it. */
async function createOldWorld() {
  const world = await createWorld()
  const { subject } = await world.patient()
  const [written] = await accept(world.parts, world.doctor, await note(world.doctor, subject))
  if (written === undefined) throw new Error('Nothing was written.')
  const noteRow = () => world.parts.store.read((view) => view.projection('note', written.id))
  return { ...world, noteRow }
}

describe('the form of projections', () => {
  it('is written once where an older version made them, after they are made anew', async () => {
    const { parts, noteRow } = await createOldWorld()
    const row = await noteRow()
    await parts.store.write({ projections: [{ table: 'note', key: row?.key ?? '', expected: row?.version, next: null }] })
    expect(await readProjectionsForm(parts)).toBe(1)
    let told = 0
    expect(await settleProjectionsForm(parts, { onRebuild: () => { told += 1 } })).toBe(true)
    expect(await noteRow()).toMatchObject({ key: row?.key })
    expect(await readProjectionsForm(parts)).toBe(PROJECTIONS_FORM)
    expect(await settleProjectionsForm(parts, { onRebuild: () => { told += 1 } })).toBe(false)
    expect(told).toBe(1)
  })

  it('is not settled while another process lives, nor where a newer version has been, and nothing is changed', async () => {
    const { parts, noteRow } = await createOldWorld()
    const row = await noteRow()
    const heartbeat = await startHeartbeat(parts, { id: randomUUID(), role: 'api', version: '0.0.1', host: 'h', pid: 1, since: parts.now(), directory: randomUUID() })
    await expect(settleProjectionsForm(parts)).rejects.toMatchObject({ code: 'STALE', message: expect.stringContaining('Stop every process') })
    await heartbeat.stop()
    await parts.store.write({ projections: [{ table: 'projections-form', key: 'form', next: rowBytes({ form: PROJECTIONS_FORM + 1 }) }] })
    await expect(settleProjectionsForm(parts)).rejects.toMatchObject({ code: 'STALE', message: expect.stringContaining('newer version') })
    expect(await noteRow()).toEqual(row)
  })
})
