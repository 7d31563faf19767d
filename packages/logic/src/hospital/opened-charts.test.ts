import { createInMemoryStore } from '@careledger/data-in-memory'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLogicError } from '../logic-error.ts'
import { erasePatient } from '../maintenance/erase-patient.ts'
import { rebuild } from '../maintenance/rebuild.ts'
import { createParts, type Parts } from '../parts.ts'
import { createHospitalWorld, dayMs, observation, signImport, type Admitted, type HospitalWorld, type Member } from './__fixtures__/hospital-world.ts'
import { readChartSummary, readTimeline } from './chart/index.ts'
import { commitImport } from './commit-import.ts'
import { listRecords, readRecord } from './records.ts'
import { readEverything, searchRecords } from './rest/index.ts'

const number = 'A-1'
const purpose = 'treatment'
const admit = (world: HospitalWorld): Promise<Admitted> => world.admit({ person: world.people.ada, number, resources: [observation(number, '2020-01-01'), observation(number, '2021-01-01')] })

/** Another process on the same store and vaults, with a memory of its own; `openedBytesMax` 0: one that keeps nothing. */
function anotherProcess({ parts, database }: HospitalWorld, openedBytesMax?: number): Parts {
  return createParts({ ...parts, networks: [...parts.networks.values()].filter(({ name }) => name !== 'log'), store: createInMemoryStore({ database }), openedBytesMax })
}

/** What a reader is given, by every way that may rest on an open chart; a refusal is its code. */
async function everythingGiven(parts: Parts, { actor }: Member, { patient, records }: Pick<Admitted, 'patient' | 'records'>): Promise<readonly unknown[]> {
  const ways: readonly (() => Promise<unknown>)[] = [
    async () => (await listRecords(parts, actor, { patient, purpose, limit: 100 })).value,
    async () => (await readTimeline(parts, actor, { patient, purpose, limit: 100 })).value,
    async () => (await readChartSummary(parts, actor, { patient, purpose })).value,
    () => searchRecords(parts, actor, { type: 'Observation', parameters: [['patient', patient]], strict: true, purpose }),
    () => readEverything(parts, actor, { id: patient, count: 100, purpose }),
    ...records.map((id) => async () => (await readRecord(parts, actor, { id, purpose })).value),
  ]
  const given: unknown[] = []
  for (const way of ways) given.push(await way().catch((error: unknown) => {
    if (isLogicError(error)) return error.code
    throw error
  }))
  return given
}

const amendment = async (world: HospitalWorld, admitted: Admitted, replaces: string): Promise<readonly string[]> => {
  const entries = await signImport(world.people.clerkA, { ...admitted, known: true }, [observation(number, '2022-02-02')], { replaces, now: world.clock.now })
  return (await commitImport(world.parts, world.people.clerkA.actor, { patient: admitted.patient, entries })).receipts.map(({ id }) => id)
}

describe('a chart that lies open in another process', () => {
  it('is given to the next reader without being opened again', async () => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    const other = anotherProcess(world)
    const first = await everythingGiven(other, world.people.doctorA, admitted)
    const { misses, hits } = other.openedCharts.figures()
    expect(await everythingGiven(other, world.people.doctorA, admitted)).toEqual(first)
    expect(other.openedCharts.figures()).toMatchObject({ misses, charts: 1 })
    expect(other.openedCharts.figures().hits).toBeGreaterThan(hits)
  })

  it('holds no more of an erased patient than a refusal, and goes with the next look', async () => {
    const world = await createHospitalWorld()
    const { doctorA, clerkA, ada } = world.people
    const admitted = await admit(world)
    const [other, idle] = [anotherProcess(world), anotherProcess(world)]
    for (const parts of [world.parts, other, idle]) await everythingGiven(parts, doctorA, admitted)
    await erasePatient(world.parts, { custodian: 'hospital-a', patient: admitted.patient, subjects: [admitted.subject], signer: clerkA.signer, author: clerkA.author })
    expect(world.parts.openedCharts.figures()).toMatchObject({ charts: 0, bytes: 0 })
    const nothing = { type: 'Observation', entries: [], total: 0, ignored: [] }
    for (const reader of [doctorA, ada]) expect(new Set(await everythingGiven(other, reader, admitted))).toEqual(new Set(['NOT_ALLOWED', nothing]))
    expect(other.openedCharts.figures()).toMatchObject({ charts: 0, bytes: 0 })
    await idle.openedCharts.sweep(idle.vaults)
    expect(idle.openedCharts.figures()).toMatchObject({ charts: 0, bytes: 0 })
  })

  it('is none once its rows begin to go: the keys still stand then', async () => {
    let erasing: (() => Promise<unknown>) | undefined
    // Two rows go at a time, as of a chart of some thousand a thousand do.
    const world = await createHospitalWorld({ store: (real) => ({ ...real, write: async (given) => {
      if (erasing === undefined || given.projections?.every(({ next }) => next === null) !== true) return real.write(given)
      const done = await real.write({ ...given, projections: given.projections.slice(0, 2) })
      await erasing()
      return done
    } }) })
    const { doctorA, clerkA } = world.people
    const admitted = await admit(world)
    const other = anotherProcess(world)
    await everythingGiven(other, doctorA, admitted)
    const seen: unknown[] = []
    erasing = async () => void seen.push(await everythingGiven(other, doctorA, admitted), await everythingGiven(anotherProcess(world, 0), doctorA, admitted))
    await erasePatient(world.parts, { custodian: 'hospital-a', patient: admitted.patient, subjects: [admitted.subject], signer: clerkA.signer, author: clerkA.author })
    expect(seen.length).toBeGreaterThan(4)
    for (let n = 0; n < seen.length; n += 2) expect(seen[n]).toEqual(seen[n + 1])
  })

  it('is made anew after a rebuild', async () => {
    const world = await createHospitalWorld()
    const admitted = await admit(world)
    const other = anotherProcess(world)
    const before = await everythingGiven(other, world.people.doctorA, admitted)
    const { misses } = other.openedCharts.figures()
    await rebuild(world.parts)
    expect(await everythingGiven(other, world.people.doctorA, admitted)).toEqual(before)
    expect(other.openedCharts.figures().misses).toBeGreaterThan(misses)
  })

  it('never gives anybody what a process that keeps nothing would not, whatever was written, consented, withdrawn or erased meanwhile', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const) }), fc.record({ kind: fc.constant('amend' as const) }), fc.record({ kind: fc.constant('give' as const), types: fc.constantFrom(undefined, ['Observation'], ['Patient']), direct: fc.boolean() }),
      fc.record({ kind: fc.constant('withdraw' as const) }), fc.record({ kind: fc.constant('expire' as const) }), fc.record({ kind: fc.constant('erase' as const) }),
    )
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const world = await createHospitalWorld()
      const { ada, clerkA, doctorA, doctorB } = world.people
      const admitted = await admit(world)
      const records = [...admitted.records]
      const consents: string[] = []
      const [other, plain] = [anotherProcess(world), anotherProcess(world, 0)]
      let newest = records[1] as string
      const look = async (): Promise<void> => {
        for (const reader of [doctorA, doctorB, ada]) {
          const one = { patient: admitted.patient, records }
          expect(await everythingGiven(other, reader, one)).toEqual(await everythingGiven(plain, reader, one))
        }
      }
      await look()
      for (const each of steps) {
        if (each.kind === 'add') records.push(...(await world.admit({ number, resources: [observation(number, '2023-03-03')] }).catch(() => ({ records: [] }))).records)
        if (each.kind === 'amend') {
          const [made] = await amendment(world, admitted, newest).catch(() => [])
          newest = made ?? newest
          if (made !== undefined) records.push(made)
        }
        if (each.kind === 'give') await world.give(ada, admitted, { direct: each.direct && each.types === undefined, ...(each.types === undefined ? {} : { types: each.types }) }).then(({ id }) => consents.push(id), () => undefined)
        if (each.kind === 'withdraw') await world.withdraw(ada, admitted, consents.pop() ?? records[0] as string).catch(() => undefined)
        if (each.kind === 'expire') world.clock.now = new Date(world.clock.now.getTime() + 31 * dayMs)
        if (each.kind === 'erase') await erasePatient(world.parts, { custodian: 'hospital-a', patient: admitted.patient, subjects: [admitted.subject], signer: clerkA.signer, author: clerkA.author }).catch(() => undefined)
        await look()
      }
    }), { numRuns: 12 })
  }, 60_000)
})
