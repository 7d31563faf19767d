import type { DataStore, Write } from '@careledger/data-spec'
import { describe, expect, it } from 'vitest'
import { startLog } from '../../log/start-log.ts'
import { audit } from '../../maintenance/audit/audit.ts'
import { erasePatient } from '../../maintenance/erase-patient.ts'
import { rebuild } from '../../maintenance/rebuild.ts'
import { createHospitalWorld, dayMs } from '../__fixtures__/hospital-world.ts'
import { listAccess } from '../access-list.ts'
import { askForAccess, askingsMax } from './ask.ts'
import { answerRequest, listRequests, sweepRequests } from './own-requests.ts'
import { requestTable } from './request-row.ts'

const asking = (value: string, birthDate = '1980-05-17') => ({ identifier: { value }, birthDate, purpose: 'treatment' as const, days: 30, direct: false })

/** The shape of what was written: everything but the random and the sealed bytes' values. */
const shapeOf = (write: Write): unknown => ({
  projections: write.projections?.map(({ table, key, next, indexes }) => [table, key.length, next?.length, Object.entries(indexes ?? {}).map(([name, value]) => [name, name === 'patient' ? value.length : value])]),
  decisions: write.decisions?.length, entries: write.entries?.length, guards: write.guards?.length,
})

describe('asking for access', () => {
  it('is answered and written the same whether there is such a person, the birth date is another\'s, or nobody has the number', async () => {
    const writes: Write[] = []
    const reads: number[] = []
    const world = await createHospitalWorld({ store: (store): DataStore => ({ ...store, write: (write) => (writes.push(write), store.write(write)), read: (body) => (reads.push(1), store.read(body)) }) })
    const { ada, doctorB } = world.people
    await world.admit({ person: ada, number: 'A-1' })
    const seen = []
    for (const one of [asking('A-1'), asking('A-1', '1980-05-18'), asking('Z-9')]) {
      writes.length = 0
      reads.length = 0
      const answer = await askForAccess(world.parts, doctorB.actor, one)
      seen.push({ answer, reads: reads.length, writes: writes.map(shapeOf) })
    }
    expect(seen[1]).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[0])
    expect(await listRequests(world.parts, ada.actor)).toHaveLength(1)
  })

  it('shows the patient who asks for what, and in their access log that somebody did', async () => {
    const world = await createHospitalWorld()
    const { ada, bob, doctorB } = world.people
    await world.admit({ person: ada, number: 'A-1' })
    await askForAccess(world.parts, doctorB.actor, { ...asking('a-1'), types: ['Observation'], from: '2020-01-01' })
    const [request] = await listRequests(world.parts, ada.actor)
    expect(request).toMatchObject({ asker: 'doctor-b', custodian: 'hospital-a', terms: { purpose: 'treatment', types: ['Observation'], from: '2020-01-01', days: 30, direct: false } })
    expect((await listAccess(world.parts, ada.actor, { limit: 5 })).items[0]).toMatchObject({ operation: 'hospital.requests.ask', party: 'doctor-b', types: {} })
    expect(await listRequests(world.parts, bob.actor)).toEqual([])
    for (const member of [bob, doctorB]) await expect(answerRequest(world.parts, member.actor, { id: request!.id, answer: 'shared' })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await answerRequest(world.parts, ada.actor, { id: request!.id, answer: 'declined' })
    expect(await listRequests(world.parts, ada.actor)).toEqual([])
  })

  it('has a limit that answering does not lift, for that would tell who exists; it ends by itself', async () => {
    const world = await createHospitalWorld()
    const { ada, doctorB, doctorA, bob } = world.people
    await world.admit({ person: ada, number: 'A-1' })
    for (let n = 0; n < askingsMax; n++) await askForAccess(world.parts, doctorB.actor, asking('A-1'))
    const busy = { code: 'BUSY' }
    await expect(askForAccess(world.parts, doctorB.actor, asking('A-1'))).rejects.toMatchObject(busy)
    for (const { id } of await listRequests(world.parts, ada.actor)) await answerRequest(world.parts, ada.actor, { id, answer: 'shared' })
    await expect(askForAccess(world.parts, doctorB.actor, asking('Z-9'))).rejects.toMatchObject(busy)
    await askForAccess(world.parts, doctorA.actor, asking('Z-9'))
    await expect(askForAccess(world.parts, bob.actor, asking('Z-9'))).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    world.clock.now = new Date(world.clock.now.getTime() + 15 * dayMs)
    expect(await listRequests(world.parts, ada.actor)).toEqual([])
    expect(await sweepRequests(world.parts)).toBe((askingsMax + 1) * 3)
    await askForAccess(world.parts, doctorB.actor, asking('A-1'))
  })

  it('is gone with the patient, and no matter for rebuild and audit', async () => {
    const world = await createHospitalWorld()
    const { ada, clerkA, doctorB } = world.people
    const log = await startLog(world.parts)
    const admitted = await world.admit({ person: ada, number: 'A-1' })
    await askForAccess(world.parts, doctorB.actor, asking('A-1'))
    const rows = async () => (await world.parts.store.read((view) => view.find({ table: requestTable, limit: 100 }))).rows.length
    expect(await rows()).toBe(3)
    await log.stop()
    await rebuild(world.parts)
    expect(await rows()).toBe(3)
    await erasePatient(world.parts, { custodian: 'hospital-a', patient: admitted.patient, subjects: [admitted.subject], signer: clerkA.signer, author: clerkA.author })
    expect(await rows()).toBe(2)
    await askForAccess(world.parts, doctorB.actor, asking('A-1'))
    const again = await startLog(world.parts)
    await again.stop()
    expect((await audit(world.parts)).findings).toEqual([])
  })
})
