import { createInMemoryStore } from '@careledger/data-in-memory'
import type { DataStore, Write } from '@careledger/data-spec'
import { describe, expect, it } from 'vitest'
import { isLogicError } from '../logic-error.ts'
import { createParts, type Parts } from '../parts.ts'
import { createHospitalWorld, dayMs, observation, signImport, type Admitted, type HospitalWorld, type Member } from '../hospital/__fixtures__/hospital-world.ts'
import { readTimeline } from '../hospital/chart/index.ts'
import { commitImport } from '../hospital/commit-import.ts'
import { readRecord } from '../hospital/records.ts'
import { readEverything, searchRecords } from '../hospital/rest/index.ts'

const number = 'A-1'
const purpose = 'treatment'

/** Another process on the same store: counts what it asks, and lets a test come between an answer and its Write. */
function otherProcess({ parts, database, clock }: HospitalWorld) {
  const real = createInMemoryStore({ database })
  const counted = { reads: 0, writes: [] as Write[], before: undefined as (() => Promise<unknown>) | undefined }
  const store: DataStore = {
    ...real,
    read(body) {
      counted.reads++
      return real.read(body)
    },
    async write(given) {
      const { before } = counted
      counted.before = undefined
      await before?.()
      counted.writes.push(given)
      return real.write(given)
    },
  }
  return { counted, parts: createParts({ ...parts, networks: [...parts.networks.values()].filter(({ name }) => name !== 'log'), store, now: () => clock.now }) }
}

async function admitted(): Promise<{ readonly world: HospitalWorld; readonly ada: Admitted }> {
  const world = await createHospitalWorld()
  const ada = await world.admit({ person: world.people.ada, number, resources: [observation(number, '2020-01-01'), observation(number, '2021-01-01')] })
  return { world, ada }
}

const search = (parts: Parts, { actor }: Member, patient: string, more: readonly (readonly [string, string])[] = []) => searchRecords(parts, actor, { type: 'Observation', parameters: [['patient', patient], ...more], strict: true, purpose })
const refusal = (error: unknown): string => (isLogicError(error) ? error.code : Promise.reject(error)) as string
/** Asked so often that the answer is kept, if it may be. */
async function twice<T>(ask: () => Promise<T>): Promise<T> {
  await ask()
  return ask()
}

describe('an answer that is kept', () => {
  it('is given again with a decision of its own, by one Write and no read', async () => {
    const { world, ada } = await admitted()
    const { parts, counted } = otherProcess(world)
    const { doctorA } = world.people
    const first = await twice(() => search(parts, doctorA, ada.patient))
    const before = counted.reads
    const recorded = await world.parts.store.read((view) => view.decisions({ about: ada.patient, limit: 100 }))
    counted.writes.length = 0
    const [one, two] = [await search(parts, doctorA, ada.patient), await search(parts, doctorA, ada.patient)]
    expect([one, two]).toEqual([first, first])
    expect(counted.reads).toBe(before)
    const decisions = counted.writes.flatMap(({ decisions: made }) => made ?? [])
    expect(new Set(decisions.map(({ id, about }) => `${id} ${about}`)).size).toBe(2)
    expect(decisions.every(({ about }) => about === ada.patient)).toBe(true)
    expect((await world.parts.store.read((view) => view.decisions({ about: ada.patient, limit: 100 }))).rows).toHaveLength(recorded.rows.length + 2)
  })

  it('holds the rows that its decision holds, and no place of a row that is not there', async () => {
    const { world, ada } = await admitted()
    const { parts, counted } = otherProcess(world)
    const ask = () => readEverything(parts, world.people.doctorA.actor, { id: ada.patient, count: 10, purpose })
    await twice(ask)
    const [decided] = counted.writes.slice(-1)
    expect(decided?.guards?.some(({ version }) => version === undefined)).toBe(true)
    await ask()
    const [given] = counted.writes.slice(-1)
    expect(given?.guards).toEqual(decided?.guards?.filter(({ version }) => version !== undefined))
    expect(given?.seen).toContainEqual({ table: 'patient-merge', key: ada.patient, stamp: undefined })
    await world.parts.store.write({ projections: [{ table: 'patient-merge', key: ada.patient, next: new Uint8Array(new TextEncoder().encode('{"into":"somebody"}')) }] })
    const before = counted.reads
    await ask().catch(refusal)
    expect(counted.reads).toBeGreaterThan(before)
  })

  it('is no answer to anybody else, nor to another question', async () => {
    const { world, ada } = await admitted()
    const { parts } = otherProcess(world)
    const { doctorA, doctorB } = world.people
    await twice(() => search(parts, doctorA, ada.patient))
    expect(await search(parts, doctorB, ada.patient)).toMatchObject({ total: 0, entries: [] })
    expect(await search(parts, { ...doctorA, actor: { ...doctorA.actor, scopes: [] } }, ada.patient)).toMatchObject({ entries: [] })
    expect((await search(parts, doctorA, ada.patient, [['date', '2021']])).entries).toHaveLength(1)
  })

  it('is not given once the consent is withdrawn, be it between the answer and its Write', async () => {
    const { world, ada } = await admitted()
    const { parts, counted } = otherProcess(world)
    const { doctorB } = world.people
    const [, record = ''] = ada.records
    const { id } = await world.give(world.people.ada, ada, { types: ['Observation'] })
    const ask = () => readRecord(parts, doctorB.actor, { id: record, purpose })
    await twice(() => readEverything(parts, doctorB.actor, { id: ada.patient, count: 10, purpose }))
    counted.before = () => world.withdraw(world.people.ada, ada, id)
    await expect(readEverything(parts, doctorB.actor, { id: ada.patient, count: 10, purpose })).rejects.toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
    await expect(ask()).rejects.toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }))
  })

  it('ends with the first consent that ends, to the millisecond', async () => {
    const { world, ada } = await admitted()
    const { parts, counted } = otherProcess(world)
    const { doctorB } = world.people
    await world.give(world.people.ada, ada, { types: ['Observation'] })
    await world.give(world.people.ada, ada, { types: ['Patient'], expires: new Date(world.clock.now.getTime() + dayMs).toISOString() })
    const ask = () => readEverything(parts, doctorB.actor, { id: ada.patient, count: 10, purpose })
    expect((await twice(ask)).entries).toHaveLength(3)
    world.clock.now = new Date(world.clock.now.getTime() + dayMs - 1)
    const before = counted.reads
    expect((await ask()).entries).toHaveLength(3)
    expect(counted.reads).toBe(before)
    world.clock.now = new Date(world.clock.now.getTime() + 1)
    expect((await ask()).entries).toHaveLength(2)
  })

  it('is made anew when a record was written, also one of another patient with the same address', async () => {
    const { world, ada } = await admitted()
    const { parts } = otherProcess(world)
    const { clerkA, doctorA } = world.people
    expect((await twice(() => search(parts, doctorA, `p-${number}`))).entries).toHaveLength(2)
    const entries = await signImport(clerkA, { ...ada, known: true }, [observation(number, '2022-02-02')], { now: world.clock.now })
    await commitImport(world.parts, clerkA.actor, { patient: ada.patient, entries })
    expect((await twice(() => search(parts, doctorA, `p-${number}`))).entries).toHaveLength(3)
  })

  it('is made anew when another patient gets a record with the same address', async () => {
    const { world } = await admitted()
    const { parts } = otherProcess(world)
    const { doctorA } = world.people
    const named = (owner: string): object => ({ ...observation(owner, '2020-01-01'), id: 'o-1' })
    await world.admit({ number: 'A-2', resources: [named('A-2')] })
    const ask = () => searchRecords(parts, doctorA.actor, { type: 'Observation', parameters: [['_id', 'o-1']], strict: true, purpose })
    expect((await twice(ask)).entries).toHaveLength(1)
    await world.admit({ number: 'A-3', resources: [named('A-3')] })
    expect((await ask()).entries).toHaveLength(2)
  })

  it('is none of a timeline whose entries are on their way', async () => {
    const { world, ada } = await admitted()
    const { parts, counted } = otherProcess(world)
    const { doctorA } = world.people
    const ask = () => readTimeline(parts, doctorA.actor, { patient: ada.patient, purpose, limit: 50 })
    await twice(ask)
    const before = counted.reads
    const { value } = await ask()
    expect(value.visits.flatMap(({ items }) => items.map(({ state }) => state))).toContain('stored')
    expect(counted.reads).toBeGreaterThan(before)
  })

  it('does not come to be for a refusal, for what is of its instant, or where nothing may be kept', async () => {
    const { world, ada } = await admitted()
    const { parts, counted } = otherProcess(world)
    const { doctorA, doctorB } = world.people
    const asks: readonly (() => Promise<unknown>)[] = [
      () => search(parts, doctorB, ada.patient),
      () => search(parts, doctorA, ada.patient, [['date', 'ap2021-01-01']]),
      () => readEverything(parts, doctorB.actor, { id: ada.patient, count: 10, purpose }).catch(refusal),
    ]
    for (const ask of asks) {
      await twice(ask)
      const before = counted.reads
      await ask()
      expect(counted.reads).toBeGreaterThan(before)
    }
  })
})
