import { parseEntry } from '@careledger/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startLog } from '../../log/start-log.ts'
import { audit } from '../../maintenance/audit/audit.ts'
import { rebuild } from '../../maintenance/rebuild.ts'
import { readRow } from '../../entries/rows.ts'
import type { Parts } from '../../parts.ts'
import { COMPONENTS, componentRules } from '../components.ts'
import { BLOOD_GROUPS } from '../groups.ts'
import { aUnit, bankOf, createBloodWorld, type BloodWorld } from '../__fixtures__/blood-world.ts'
import { recount, type StockRow } from '../stock/stock-rows.ts'
import { readUnit, toBiologicallyDerivedProduct, unitKey, type UnitFacts } from './unit-facts.ts'
import { takeStep, UNIT_STATES, type UnitPlace, type UnitState, type UnitStep } from './unit-life.ts'
import type { UnitRow } from './unit-rows.ts'

const steps: readonly UnitStep[] = [
  { step: 'unit-tested', result: 'passed' }, { step: 'unit-tested', result: 'failed' }, { step: 'unit-released' }, { step: 'unit-reserved', request: 'r-1' }, { step: 'unit-reservation-ended' },
  { step: 'unit-dispatched', to: bankOf.busan }, { step: 'unit-received', condition: 'good' }, { step: 'unit-received', condition: 'doubtful' }, { step: 'unit-lost' },
  { step: 'unit-transfused' }, { step: 'unit-transfused', request: 'r-1' }, { step: 'unit-quarantined', reason: 'look-back' }, { step: 'unit-requalified' }, { step: 'unit-discarded', reason: 'damaged' },
]

async function unitRow(parts: Pick<Parts, 'store'>, unit: UnitFacts): Promise<UnitRow | undefined> {
  const row = await parts.store.read((view) => view.projection('unit', unitKey(unit)))
  return row === undefined ? undefined : (readRow(row) as unknown as UnitRow)
}

async function stockRows(parts: Pick<Parts, 'store'>): Promise<ReadonlyMap<string, StockRow>> {
  const page = await parts.store.read((view) => view.find({ table: 'blood-stock', index: 'all', equals: 'blood-bank', limit: 1000 }))
  return new Map(page.rows.map((row) => [row.key, readRow(row) as unknown as StockRow]))
}

/** A unit that has gone through these steps, each by its holder. */
async function unitAfter(world: BloodWorld, unit: UnitFacts, ...taken: readonly UnitStep[]): Promise<void> {
  await world.take(world.seoul, await world.collection(world.seoul, unit))
  for (const [at, what] of taken.entries()) await world.take(world.seoul, await world.step(world.seoul, unit, at + 1, what))
}
const released: readonly UnitStep[] = [{ step: 'unit-tested', result: 'passed' }, { step: 'unit-released' }]

describe('a unit as FHIR', () => {
  const anyUnit: fc.Arbitrary<UnitFacts> = fc.record({ number: fc.nat(999_999), component: fc.constantFrom(...COMPONENTS), group: fc.constantFrom(...BLOOD_GROUPS), volumeMl: fc.integer({ min: 1, max: 1000 }), hours: fc.integer({ min: 1, max: 100 }) })
    .map(({ number, hours, ...facts }) => aUnit(number, { ...facts, expires: new Date(Date.parse(aUnit(1).collected) + hours * 3_600_000).toISOString() }))

  it('comes back as it was', () => {
    fc.assert(fc.property(anyUnit, (unit) => {
      expect(readUnit(JSON.parse(JSON.stringify(toBiologicallyDerivedProduct(unit))))).toEqual({ unit })
    }))
  })

  it('names every missing or wrong element by its place', () => {
    expect(readUnit({ resourceType: 'BiologicallyDerivedProduct' })).toMatchObject({ problems: [
      { path: 'identifier', code: 'missing' }, { path: 'productCode', code: 'missing' }, { path: 'productCode', code: 'missing' }, { path: 'extension(property)', code: 'missing' },
      { path: 'quantity', code: 'missing' }, { path: 'collection.collectedDateTime', code: 'missing' }, { path: 'extension(expirationDate)', code: 'missing' },
    ] })
    const resource = toBiologicallyDerivedProduct(aUnit(1))
    expect(readUnit({ ...resource, identifier: [{ system: 'urn:oid:2.16.840.1.113883.6.301', value: 'G1234' }] })).toMatchObject({ problems: [{ path: 'identifier', code: 'malformed' }] })
    expect(readUnit({ ...resource, quantity: 0 })).toMatchObject({ problems: [{ path: 'quantity', code: 'impossible' }] })
    expect(readUnit({ ...resource, collection: { collectedDateTime: '2026-11-26' } })).toMatchObject({ problems: [{ path: 'collection.collectedDateTime', code: 'malformed' }] })
  })

  it('may not outlive its component, nor expire before it was collected', () => {
    for (const component of COMPONENTS) {
      const collected = '2026-01-01T00:00:00.000Z'
      const after = (days: number) => readUnit(toBiologicallyDerivedProduct(aUnit(1, { component, collected, expires: new Date(Date.parse(collected) + days * 86_400_000).toISOString() })))
      const { shelfLifeDays } = componentRules[component]
      expect(after(shelfLifeDays + 1)).toHaveProperty('unit')
      for (const days of [0, -1, shelfLifeDays + 1.01]) expect(after(days)).toMatchObject({ problems: [{ code: 'impossible' }] })
    }
  })
})

describe('a step of a unit\'s life', () => {
  const place = (state: UnitState): UnitPlace => ({ state, bank: 'a', expires: '2026-12-31T00:00:00.000Z', ...(state === 'dispatched' ? { to: 'b' } : {}), ...(state === 'reserved' ? { request: 'r-1' } : {}) })
  const after = (state: UnitState, what: UnitStep, by = what.step === 'unit-received' ? 'b' : 'a', at = '2026-12-01T00:00:00.000Z') => takeStep(place(state), what, { by, at })

  it('leads only where the table says, from every state', () => {
    const table = Object.fromEntries(UNIT_STATES.map((state) => [state, steps.flatMap((what) => {
      const next = after(state, what.step === 'unit-dispatched' ? { ...what, to: 'b' } : what)
      return 'refused' in next ? [] : [`${what.step.slice(5)} ${next.state}`]
    }).join(', ')]))
    expect(table).toEqual({
      collected: 'tested tested, tested quarantined, quarantined quarantined, discarded discarded',
      tested: 'released available, quarantined quarantined, discarded discarded',
      available: 'reserved reserved, dispatched dispatched, transfused transfused, transfused transfused, quarantined quarantined, discarded discarded',
      reserved: 'reservation-ended available, dispatched dispatched, transfused transfused, quarantined quarantined, discarded discarded',
      dispatched: 'received available, received quarantined, lost lost',
      quarantined: 'requalified tested, discarded discarded',
      transfused: '', discarded: '', lost: '',
    })
  })

  it('is taken by who holds the unit, on its way by who is to receive it', () => {
    for (const what of steps) for (const state of UNIT_STATES) for (const by of ['a', 'b', 'c']) {
      const next = after(state, what.step === 'unit-dispatched' ? { ...what, to: 'b' } : what, by)
      if (by === 'c') expect(next).toHaveProperty('refused')
      if (by === 'b' && !('refused' in next)) expect(['unit-received', 'unit-lost']).toContain(what.step)
      if (by === 'a' && what.step === 'unit-received') expect(next).toHaveProperty('refused')
    }
  })

  it('never uses a unit that has expired, and holds back one that expired on the way', () => {
    const late = '2026-12-31T00:00:00.000Z'
    for (const [state, what] of [['tested', { step: 'unit-released' }], ['available', { step: 'unit-reserved', request: 'r' }], ['available', { step: 'unit-dispatched', to: 'b' }], ['available', { step: 'unit-transfused' }], ['quarantined', { step: 'unit-requalified' }]] as const) {
      expect(after(state, what, 'a', late)).toEqual({ refused: 'expired' })
      expect(after(state, what, 'a', '2026-12-30T23:59:59.999Z')).not.toHaveProperty('refused')
    }
    expect(after('dispatched', { step: 'unit-received', condition: 'good' }, 'b', late)).toMatchObject({ state: 'quarantined', bank: 'b' })
    expect(after('available', { step: 'unit-discarded', reason: 'expired' }, 'a', late)).toMatchObject({ state: 'discarded' })
  })

  it('uses a reserved unit for its request only, also after it was sent on', () => {
    expect(after('reserved', { step: 'unit-transfused', request: 'r-2' })).toEqual({ refused: 'other-request' })
    expect(after('reserved', { step: 'unit-transfused' })).toEqual({ refused: 'other-request' })
    const sent = after('reserved', { step: 'unit-dispatched', to: 'b' }) as UnitPlace
    expect(takeStep(sent, { step: 'unit-received', condition: 'good' }, { by: 'b', at: '2026-12-01T00:00:00.000Z' })).toMatchObject({ state: 'reserved', request: 'r-1', bank: 'b' })
    expect(after('available', { step: 'unit-dispatched', to: 'a' })).toEqual({ refused: 'to-itself' })
  })
})

describe('units on the log', () => {
  it('go from one bank to another, and are in one of them at any moment', async () => {
    const world = await createBloodWorld()
    const unit = aUnit(1)
    await unitAfter(world, unit, ...released, { step: 'unit-dispatched', to: bankOf.busan })
    expect((await stockRows(world.parts)).get(`${bankOf.seoul} red-cells O-`)).toMatchObject({ available: {}, signer: 'technician-seoul' })
    // A shipment on its way is no word of the bank it goes to: nobody there has signed anything.
    expect((await stockRows(world.parts)).get(`${bankOf.busan} red-cells O-`)).toMatchObject({ incoming: 1, available: {}, signer: '', asOf: '' })
    await world.take(world.busan, await world.step(world.busan, unit, 4, { step: 'unit-received', condition: 'good' }))
    expect((await stockRows(world.parts)).get(`${bankOf.busan} red-cells O-`)).toMatchObject({ incoming: 0, available: { [unit.expires]: 1 }, signer: 'technician-busan' })
    expect(await unitRow(world.parts, unit)).toMatchObject({ state: 'available', bank: bankOf.busan, steps: 5 })
  })

  it('are not stored twice: of two who take the same step one is refused', async () => {
    const world = await createBloodWorld()
    const unit = aUnit(2)
    await unitAfter(world, unit, ...released)
    const both = await Promise.all([world.step(world.seoul, unit, 3, { step: 'unit-dispatched', to: bankOf.busan }), world.step(world.seoul, unit, 3, { step: 'unit-transfused' })])
    expect(new Set(both.map(({ entry }) => parseEntry(entry as Uint8Array).id)).size).toBe(1)
    const outcomes = await Promise.allSettled(both.map((signed) => world.take(world.seoul, signed)))
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'ENTRY_CONFLICT' } })
    await expect(world.take(world.seoul, await world.collection(world.seoul, { ...unit, volumeMl: 300 }))).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
  })

  it.each([
    { what: 'a step out of turn', sign: (world: BloodWorld, unit: UnitFacts) => world.step(world.seoul, unit, 4, { step: 'unit-transfused' }), code: 'STALE' },
    { what: 'a step that leads from elsewhere', sign: (world: BloodWorld, unit: UnitFacts) => world.step(world.seoul, unit, 3, { step: 'unit-requalified' }), code: 'INPUT_MALFORMED', problem: 'wrong-state' },
    { what: 'another bank\'s word', sign: (world: BloodWorld, unit: UnitFacts) => world.step(world.busan, unit, 3, { step: 'unit-transfused' }), by: 'busan' as const, code: 'NOT_ALLOWED', problem: 'not-the-holder' },
    { what: 'a step of an unknown unit', sign: (world: BloodWorld) => world.step(world.seoul, aUnit(999), 3, { step: 'unit-released' }), code: 'INPUT_MALFORMED', problem: 'unknown-unit' },
    { what: 'somebody who keeps no stock', sign: (world: BloodWorld, unit: UnitFacts) => world.step(world.doctor, unit, 3, { step: 'unit-transfused' }), code: 'NOT_ALLOWED' },
    { what: 'an id that is not the step\'s', sign: (world: BloodWorld, unit: UnitFacts) => world.step(world.seoul, unit, 3, { step: 'unit-transfused' }, 4), code: 'INPUT_MALFORMED', problem: 'slot' },
  ])('refuse $what, and stay as they are', async ({ sign, by, code, problem }) => {
    const world = await createBloodWorld()
    const unit = aUnit(3)
    await unitAfter(world, unit, ...released)
    const before = await unitRow(world.parts, unit)
    const signed = await sign(world, unit)
    await expect(world.take(by === 'busan' ? world.busan : world.seoul, signed)).rejects.toMatchObject({ code, ...(problem === undefined ? {} : { details: { problems: [{ code: problem }] } }) })
    expect(await unitRow(world.parts, unit)).toEqual(before)
  })

  it('are counted as a recount counts them, whatever happens to them', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(3), fc.nat(steps.length - 1), fc.boolean()), { minLength: 10, maxLength: 40 }), async (tries) => {
      const world = await createBloodWorld()
      const units = [aUnit(0), aUnit(1), aUnit(2, { group: 'A+' }), aUnit(3, { component: 'plasma', product: 'E0701V00' })]
      for (const unit of units) await unitAfter(world, unit, ...released)
      for (const [which, what, there] of tries) {
        const unit = units[which] as UnitFacts
        const by = there ? world.busan : world.seoul
        await world.take(by, await world.step(by, unit, (await unitRow(world.parts, unit))!.steps, steps[what] as UnitStep)).catch(() => undefined)
      }
      await expectCounted(world, units)
    }), { numRuns: 12 })
  })

  it('are the same after a rebuild, and the audit finds nothing', async () => {
    const world = await createBloodWorld()
    const unit = aUnit(7)
    await unitAfter(world, unit, ...released, { step: 'unit-dispatched', to: bankOf.busan })
    const log = await startLog(world.parts)
    await world.take(world.busan, await world.step(world.busan, unit, 4, { step: 'unit-received', condition: 'good' }))
    await expect.poll(async () => (await audit(world.parts)).findings, { timeout: 20_000 }).toEqual([])
    await log.stop()
    const before = [await unitRow(world.parts, unit), await stockRows(world.parts)]
    expect(before[0]).toMatchObject({ steps: 5 })
    await rebuild(world.parts)
    expect([await unitRow(world.parts, unit), await stockRows(world.parts)]).toEqual(before)
  })
})

async function expectCounted(world: BloodWorld, units: readonly UnitFacts[]): Promise<void> {
  const counted = recount(await Promise.all(units.map(async (unit) => (await unitRow(world.parts, unit)) as UnitRow)))
  for (const [key, { available, reserved, waiting, quarantined, incoming }] of await stockRows(world.parts)) {
    expect({ available, reserved, waiting, quarantined, incoming }, key).toEqual(counted.get(key) ?? { available: {}, reserved: 0, waiting: 0, quarantined: 0, incoming: 0 })
  }
}

