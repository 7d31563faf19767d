import { describe, expect, it } from 'vitest'
import { listConsents } from '../consent/own-consents.ts'
import { startLog } from '../log/start-log.ts'
import { audit } from '../maintenance/audit/audit.ts'
import { erasePatient } from '../maintenance/erase-patient.ts'
import { rebuild } from '../maintenance/rebuild.ts'
import { createHospitalWorld, observation, type Admitted, type HospitalWorld } from './__fixtures__/hospital-world.ts'
import { listErasureNotices, sweepErasureNotices } from './erasure/index.ts'
import { findPatients, listPatients } from './patients.ts'
import { prepareImport } from './prepare-import.ts'
import { listRecords, readRecord } from './records.ts'

const number = 'A-1'
const admit = (world: HospitalWorld): Promise<Admitted> => world.admit({ person: world.people.ada, number, resources: [observation(number, '2020-01-01')] })
const erase = (world: HospitalWorld, { patient, subject }: Admitted) => {
  const { clerkA } = world.people
  return erasePatient(world.parts, { custodian: 'hospital-a', patient, subjects: [subject], signer: clerkA.signer, author: clerkA.author })
}
const tables = ['patient', 'policy', 'patient-token', 'patient-identifier', 'record', 'consent', 'share']
const rowsOf = async (world: HospitalWorld): Promise<Record<string, unknown>> => world.parts.store.read(async (view) => {
  const all: Record<string, unknown> = {}
  for (const table of [...tables, 'subject']) all[table] = (await view.find({ table, limit: 1000 })).rows.map(({ key, indexes }) => ({ key, indexes }))
  return all
})

describe('an erased patient', () => {
  it('is nowhere any more: no row, no record, no name to search by', async () => {
    const world = await createHospitalWorld()
    const { ada, doctorA, doctorB } = world.people
    const admitted = await admit(world)
    await world.give(ada, admitted, {})
    await erase(world, admitted)
    for (const member of [ada, doctorA, doctorB]) {
      await expect(listRecords(world.parts, member.actor, { patient: admitted.patient, purpose: 'treatment', limit: 5 })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
      await expect(readRecord(world.parts, member.actor, { id: admitted.records[1]!, purpose: 'treatment' })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
      expect((await listPatients(world.parts, member.actor, { limit: 5 })).items).toEqual([])
      expect((await findPatients(world.parts, member.actor, { identifier: { value: number } })).items).toEqual([])
    }
    expect((await listConsents(world.parts, ada.actor, { limit: 5 })).items).toEqual([])
    const rows = await rowsOf(world)
    for (const table of tables) expect(rows[table]).toEqual([])
    await expect(world.give(ada, admitted, {})).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('is told of to everybody who had been let in, also to those whose access had ended, and to nobody else; without a word of who it was', async () => {
    const world = await createHospitalWorld()
    const { ada, bob, doctorA, doctorB, doctorB2 } = world.people
    const [gone, kept] = [await admit(world), await world.admit({ person: bob, number: 'A-2' })]
    const standing = await world.give(ada, gone, { grantee: 'hospital-b' })
    const ended = await world.give(ada, gone, { grantee: doctorB2.author.party })
    await world.withdraw(ada, gone, ended.id)
    await world.give(bob, kept, { grantee: 'hospital-b' })
    expect(await listErasureNotices(world.parts, doctorB.actor)).toEqual([])
    const outcome = await erase(world, gone)
    const certificate = outcome.outcome === 'erased' ? outcome.entries[0]?.id : undefined
    const told = { custodian: 'hospital-a', custodianName: expect.any(String), certificate, at: expect.any(String) }
    expect(await listErasureNotices(world.parts, doctorB.actor)).toEqual([{ ...told, access: standing.id, grantee: 'hospital-b' }])
    expect((await listErasureNotices(world.parts, doctorB2.actor)).map(({ access }) => access).sort()).toEqual([standing.id, ended.id].sort())
    for (const other of [doctorA, ada, bob]) expect(await listErasureNotices(world.parts, other.actor)).toEqual([])
    const { rows } = await world.parts.store.read((view) => view.find({ table: 'erasure-notice', limit: 10 }))
    expect(rows.map(({ key, value, indexes }) => key + Buffer.from(value).toString() + JSON.stringify(indexes)).join()).not.toMatch(new RegExp(`${gone.patient}|ada|A-1`))
    world.clock.now = new Date(world.clock.now.getTime() + 368 * 86_400_000)
    expect([await sweepErasureNotices(world.parts), await listErasureNotices(world.parts, doctorB.actor)]).toEqual([2, []])
  })

  it('can come back as a new one', async () => {
    const world = await createHospitalWorld()
    const first = await admit(world)
    await erase(world, first)
    const second = await admit(world)
    expect(second.patient).not.toBe(first.patient)
    expect(await prepareImport(world.parts, world.people.clerkA.actor, [{ system: 'urn:test:mrn', value: number }])).toMatchObject({ patient: second.patient, known: true })
  })
})

describe('rows of the hospital', () => {
  it('are made again as they were, and hold against the log', async () => {
    const world = await createHospitalWorld()
    const { ada } = world.people
    const log = await startLog(world.parts)
    const [gone, kept] = [await admit(world), await world.admit({ person: world.people.bob, number: 'A-2', resources: [observation('A-2', '2020-01-01')] })]
    const consent = await world.give(world.people.bob, kept, { direct: true })
    await world.give(world.people.bob, kept, { types: ['Observation'] })
    await world.withdraw(world.people.bob, kept, consent.id)
    await world.give(ada, gone, {})
    await erase(world, gone)
    await world.admit({ number: 'A-3' })
    await log.stop()
    const before = await rowsOf(world)
    await rebuild(world.parts)
    expect(await rowsOf(world)).toEqual(before)
    expect((await audit(world.parts)).findings).toEqual([])
    await expect(listRecords(world.parts, world.people.doctorB.actor, { patient: kept.patient, purpose: 'treatment', limit: 5 })).resolves.toMatchObject({ value: { items: [{ type: 'Observation' }] } })
  })
})
