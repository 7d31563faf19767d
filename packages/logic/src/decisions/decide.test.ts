import type { DataStore, Write } from '@careledger/data-spec'
import { describe, expect, it } from 'vitest'
import { createHospitalWorld, observation, type HospitalWorld } from '../hospital/__fixtures__/hospital-world.ts'
import { readBanner } from '../hospital/read-banner.ts'
import { listRecords } from '../hospital/records.ts'
import { authorize, groundsOf, isRefusal, type Permit } from './authorize.ts'
import { decide } from './decide.ts'

const admit = (world: HospitalWorld) => world.admit({ person: world.people.ada, number: 'A-1', resources: [observation('A-1', '2020-01-01')] })

describe('a permit', () => {
  it('cannot be made by anyone but authorize', async () => {
    const world = await createHospitalWorld()
    // @ts-expect-error A permit's type cannot be written down outside its file.
    const forged: Permit = {}
    expect(() => groundsOf(forged)).toThrow(TypeError)
    await expect(readBanner(world.parts, Object.freeze({}) as Permit)).rejects.toThrow(TypeError)
  })

  it('ends with its snapshot', async () => {
    const world = await createHospitalWorld()
    const { patient } = await admit(world)
    let kept: Permit | undefined
    await decide(world.parts, { actor: world.people.doctorA.actor, operation: 'test', purpose: 'treatment', patient }, async (permit) => {
      kept = permit
      return { value: groundsOf(permit).custodian, types: {} }
    })
    expect(() => groundsOf(kept as Permit)).toThrow(TypeError)
  })

  it('cannot be copied or changed', async () => {
    const world = await createHospitalWorld()
    const { patient } = await admit(world)
    await world.parts.store.read(async (view) => {
      const permit = await authorize(world.parts, view, { actor: world.people.doctorA.actor, operation: 'test', purpose: 'treatment', patient })
      if (isRefusal(permit)) throw new Error('refused')
      expect(() => groundsOf({ ...permit })).toThrow(TypeError)
      expect(() => groundsOf(structuredClone(permit))).toThrow(TypeError)
      expect(Object.isFrozen(permit)).toBe(true)
    })
  })
})

/** Calls `before` ahead of the first write that carries a decision of `operation`. */
function interrupt(store: DataStore, operation: string, before: () => Promise<void>): DataStore {
  let armed = true
  const write = async (one: Write) => {
    if (armed && one.entries === undefined && (one.decisions ?? []).some(({ bytes }) => new TextDecoder().decode(bytes).includes(`"${operation}"`))) {
      armed = false
      await before()
    }
    return store.write(one)
  }
  return new Proxy(store, { get: (target, name) => (name === 'write' ? write : Reflect.get(target, name)) })
}

describe('a decision', () => {
  it('is made again when the consent is withdrawn between reading and recording, and then refuses', async () => {
    let withdraw = async (): Promise<void> => {}
    const world = await createHospitalWorld({ store: (store) => interrupt(store, 'hospital.records.list', () => withdraw()) })
    const admitted = await admit(world)
    const consent = await world.give(world.people.ada, admitted, {})
    withdraw = async () => void (await world.withdraw(world.people.ada, admitted, consent.id))
    await expect(listRecords(world.parts, world.people.doctorB.actor, { patient: admitted.patient, purpose: 'treatment', limit: 10 })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const { rows } = await world.parts.store.read((view) => view.decisions({ about: admitted.patient, limit: 100 }))
    expect(rows.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)) as { operation: string; outcome: string }).filter(({ operation }) => operation === 'hospital.records.list')).toMatchObject([{ outcome: 'refused' }])
  })

  it('gives nothing out when it cannot be recorded', async () => {
    const world = await createHospitalWorld({ store: (store) => interrupt(store, 'hospital.records.list', () => Promise.reject(Object.assign(new Error('full'), { name: 'StoreError', code: 'STORE_UNAVAILABLE' }))) })
    const { patient } = await admit(world)
    await expect(listRecords(world.parts, world.people.doctorA.actor, { patient, purpose: 'treatment', limit: 10 })).rejects.toMatchObject({ name: 'LogicError', code: 'UNAVAILABLE' })
  })

  it('gives up after eight changes in a row', async () => {
    let writes = 0
    const stale = (store: DataStore): DataStore => {
      const write = (one: Write) => {
        if (one.entries !== undefined || (one.decisions ?? []).every(({ bytes }) => !new TextDecoder().decode(bytes).includes('"test"'))) return store.write(one)
        writes++
        return Promise.reject(Object.assign(new Error('stale'), { name: 'StoreError', code: 'STORE_STALE' }))
      }
      return new Proxy(store, { get: (target, name) => (name === 'write' ? write : Reflect.get(target, name)) })
    }
    const world = await createHospitalWorld({ store: stale })
    const { patient } = await admit(world)
    const call = decide(world.parts, { actor: world.people.doctorA.actor, operation: 'test', purpose: 'treatment', patient }, async () => ({ value: 1, types: {} }))
    await expect(call).rejects.toMatchObject({ code: 'STALE' })
    expect(writes).toBe(8)
  })

  it('holds ids and counts, and nothing of what was read', async () => {
    const world = await createHospitalWorld()
    const { patient } = await admit(world)
    await listRecords(world.parts, world.people.doctorA.actor, { patient, purpose: 'treatment', limit: 10 })
    const { rows } = await world.parts.store.read((view) => view.decisions({ limit: 100 }))
    const text = rows.map(({ bytes }) => new TextDecoder().decode(bytes)).join('\n')
    for (const canary of ['Muster', 'Ada', 'Body', 'A-1', '82.4', '2020-01-01']) expect(text).not.toContain(canary)
    // The year by itself, not four digits in the middle of an id.
    expect(text).not.toMatch(/(?<![\w-])1980(?!\w)/)
  })
})
