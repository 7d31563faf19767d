import { parseEntry } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { settled } from '../../__fixtures__/world.ts'
import { createHospitalWorld, observation, type HospitalWorld } from '../../hospital/__fixtures__/hospital-world.ts'
import { startLog } from '../../log/start-log.ts'
import { erasePatient } from '../erase-patient.ts'
import { audit, type AuditReport } from './audit.ts'

interface Filled extends HospitalWorld {
  /** Ids of entries of ada, by type, in the order written. */
  readonly ids: Readonly<Record<string, readonly string[]>>
}

/** Two patients with records, consents given and withdrawn; and one who was erased. */
async function fill(): Promise<Filled> {
  const world = await createHospitalWorld()
  const log = await startLog(world.parts)
  const { ada, bob, clerkA } = world.people
  const resources = (number: string) => Array.from({ length: 6 }, (_, place) => observation(number, `2020-01-0${place + 1}`))
  const admitted = await world.admit({ person: ada, number: 'A-1', resources: resources('A-1') })
  await world.admit({ person: bob, number: 'A-2', resources: resources('A-2') })
  const gone = await world.admit({ number: 'A-3', resources: resources('A-3') })
  await world.give(ada, admitted, {})
  const second = await world.give(ada, admitted, { direct: true })
  await world.give(ada, admitted, { types: ['Observation'] })
  await world.withdraw(ada, admitted, second.id)
  await erasePatient(world.parts, { custodian: 'hospital-a', patient: gone.patient, subjects: [gone.subject], signer: clerkA.signer, author: clerkA.author })
  await settled(world.parts)
  await log.stop()
  const ids: Record<string, string[]> = {}
  const { entries } = world.database
  for (const { id } of await world.parts.store.read((view) => view.leaves('careledger.test/log/0', { from: 0, limit: 500 }))) {
    const entry = parseEntry(entries.get(id)!.entry.canonical)
    if (entry.subject === admitted.subject) (ids[entry.type] ??= []).push(id)
  }
  return { ...world, ids }
}

function alter({ database }: Filled, id: string, at = -1): void {
  const row = database.entries.get(id)!
  const sealed = new Uint8Array(row.entry.sealed!)
  const place = at < 0 ? sealed.length + at : at
  sealed[place] = sealed[place]! ^ 1
  database.entries.set(id, { ...row, entry: { ...row.entry, sealed } })
  database.clock.finish()
}

const found = (report: AuditReport): readonly string[] => report.findings.map(({ what, kind, id }) => `${what} ${kind} ${id}`)
const erasedEntries = 8

describe('audit names an altered byte once', () => {
  it('and nothing where nothing was altered', async () => {
    const report = await audit((await fill()).parts)
    expect(report).toMatchObject({ ok: true, findings: [], uncheckedBecause: [], erased: erasedEntries })
  })

  const one: readonly (readonly [string, (world: Filled) => string, number])[] = [
    ['a registration', ({ ids }) => ids['patient-registered']![0]!, -1],
    ['the patient in the head of a registration', ({ ids }) => ids['patient-registered']![0]!, 9],
    ['the kind of head of a registration', ({ ids }) => ids['patient-registered']![0]!, 0],
    ['a link to a person', ({ ids }) => ids['patient-linked']![0]!, -1],
    ['a consent', ({ ids }) => ids['consent-given']![0]!, -1],
    ['a consent that was withdrawn', ({ ids }) => ids['consent-given']![1]!, -1],
    ['the Patient resource', ({ ids }) => ids['record-created']![0]!, -1],
    ['a record', ({ ids }) => ids['record-created']![3]!, -1],
  ]
  it.each(one)('of %s', async (_title, id, at) => {
    const world = await fill()
    alter(world, id(world), at)
    const report = await audit(world.parts)
    expect(found(report)).toEqual([`altered sealed ${id(world)}`])
    expect(report).toMatchObject({ ok: false, findingsTotal: 1, erased: erasedEntries })
    expect(report.uncheckedBecause.map(({ entry }) => entry)).toEqual([id(world)])
  })

  it('and two altered bytes twice, the second in a later payload of the same patient', async () => {
    for (const later of ['record-created', 'consent-given']) {
      const world = await fill()
      const [first, second] = [world.ids['patient-registered']![0]!, world.ids[later]!.at(-1)!]
      alter(world, first)
      alter(world, second)
      expect(found(await audit(world.parts)).toSorted()).toEqual([first, second].map((id) => `altered sealed ${id}`).toSorted())
    }
  })

  it('and a row of a later record beside it', async () => {
    const world = await fill()
    const [first, record] = [world.ids['patient-registered']![0]!, world.ids['record-created']![3]!]
    alter(world, first)
    const row = world.database.projections.get(`record\0${record}`)!
    world.database.projections.set(`record\0${record}`, { ...row, value: row.value.map((byte, place) => (place === 40 ? byte ^ 1 : byte)) })
    world.database.clock.finish()
    expect(found(await audit(world.parts)).toSorted()).toEqual([`altered projection record/${record}`, `altered sealed ${first}`])
  })

  it('and a registration taken away', async () => {
    const world = await fill()
    const id = world.ids['patient-registered']![0]!
    world.database.entries.set(id, undefined)
    world.database.clock.finish()
    expect(found(await audit(world.parts))).toEqual([`removed entry ${id}`])
  })
  it.each(['clerkA', 'ada'] as const)('of what enrolled the key of %s, whose entries are still verified', async (who) => {
    const world = await fill()
    const [credential, record] = [world.people[who].author.credential!, world.ids['record-created']![3]!]
    alter(world, credential)
    const row = world.database.entries.get(record)!
    const signature = row.entry.signature.map((byte, place) => (place === 30 ? byte ^ 1 : byte))
    expect(found(await audit(world.parts))).toEqual([`altered sealed ${credential}`])
    world.database.entries.set(record, { ...row, entry: { ...row.entry, signature } })
    world.database.clock.finish()
    expect(found(await audit(world.parts)).toSorted()).toEqual([`altered entry ${record}`, `altered sealed ${credential}`])
  })

  it('and the leaf of a registration taken away', async () => {
    const world = await fill()
    const { database } = world
    const id = world.ids['patient-registered']![0]!
    const { index } = database.leafOfEntry.get(id)!
    database.leaves.set(`careledger.test/log/0\0${String(index).padStart(16, '0')}`, undefined)
    database.leafOfEntry.set(id, undefined)
    database.clock.finish()
    const report = await audit(world.parts)
    expect(found(report)).toEqual([`removed leaf ${index}`])
    expect(report.uncheckedBecause.map(({ entry }) => entry)).toEqual([id])
  })
})
