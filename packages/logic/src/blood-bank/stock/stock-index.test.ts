import fc from 'fast-check'
import { distance } from 'geokdbush'
import { describe, expect, it } from 'vitest'
import { COMPONENTS } from '../components.ts'
import { preferred } from '../compatibility/compatible.ts'
import { BLOOD_GROUPS } from '../groups.ts'
import { createStockIndex, type BankPlace } from './stock-index.ts'
import type { StockRow } from './stock-rows.ts'

type Row = Pick<StockRow, 'bank' | 'component' | 'group' | 'available' | 'asOf'>
const hour = (hours: number): string => new Date(Date.UTC(2026, 10, 26) + hours * 3_600_000).toISOString()
const places: readonly BankPlace[] = Array.from({ length: 12 }, (_, at) => ({ bank: `bank-${at}`, latitude: 33 + ((at * 7) % 12) / 3, longitude: 126 + ((at * 5) % 12) / 4 }))
const anyRow: fc.Arbitrary<Row> = fc.record({
  bank: fc.constantFrom(...places.map(({ bank }) => bank), 'bank-nowhere'), component: fc.constantFrom('red-cells' as const, 'plasma' as const), group: fc.constantFrom('O-' as const, 'O+' as const, 'A+' as const),
  available: fc.dictionary(fc.integer({ min: 0, max: 20 }).map(hour), fc.integer({ min: 1, max: 9 }), { maxKeys: 3 }), asOf: fc.constantFrom(hour(-30), hour(-1)),
})
const newest = (rows: readonly Row[]): readonly Row[] => [...new Map(rows.map((row) => [`${row.bank} ${row.component} ${row.group}`, row])).values()]
const left = (row: Row, now: Date): number => Object.entries(row.available).reduce((sum, [expires, units]) => sum + (Date.parse(expires) > now.getTime() ? units : 0), 0)

describe('the stock of all banks', () => {
  it('has the totals that a recount of the newest figures gives, at any time', () => {
    fc.assert(fc.property(fc.array(anyRow, { maxLength: 60 }), fc.array(fc.integer({ min: -5, max: 25 }), { minLength: 1, maxLength: 4 }), (rows, times) => {
      const index = createStockIndex(places)
      rows.forEach((row, at) => {
        index.put(row)
        const now = new Date(hour(times[at % times.length] as number))
        if (at % 7 !== 0) return
        const counted = newest(rows.slice(0, at + 1))
        expect(index.totals(now)).toEqual(COMPONENTS.flatMap((component) => BLOOD_GROUPS.map((group) => ({ component, group, available: counted.filter((one) => one.component === component && one.group === group).reduce((sum, one) => sum + left(one, now), 0) }))))
      })
    }))
  })

  it('knows the nearest banks with enough compatible units, as a look at every bank finds them', () => {
    fc.assert(fc.property(fc.array(anyRow, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: -5, max: 25 }), fc.boolean(), (rows, units, at, fresh) => {
      const index = createStockIndex(places)
      rows.forEach((row) => index.put(row))
      const [now, freshSince] = [new Date(hour(at)), new Date(hour(-2))]
      const question = { latitude: 35, longitude: 127, component: 'red-cells', group: 'A+', units, now, limit: 4, ...(fresh ? { freshSince } : {}) } as const
      const order = preferred('red-cells', { group: 'A+' })
      const found = places.flatMap((place) => {
        const own = newest(rows).filter((row) => row.bank === place.bank && row.component === 'red-cells' && order.includes(row.group) && (!fresh || row.asOf >= freshSince.toISOString()))
        const total = own.reduce((sum, row) => sum + left(row, now), 0)
        return total >= units ? [{ bank: place.bank, total, kilometres: distance(127, 35, place.longitude, place.latitude) }] : []
      }).toSorted((one, other) => one.kilometres - other.kilometres).slice(0, 4)
      const near = index.nearest(question)
      expect(near.map(({ kilometres }) => kilometres)).toEqual(found.map(({ kilometres }) => kilometres))
      expect(near.map(({ units: held }) => held.reduce((sum, one) => sum + one.units, 0))).toEqual(found.map(({ total }) => total))
    }))
  })

  it('never takes a bank that has signed nothing, though units are on their way to it', () => {
    const index = createStockIndex(places)
    index.put({ bank: 'bank-1', component: 'red-cells', group: 'O-', available: { [hour(9)]: 3 }, asOf: '' })
    expect(index.nearest({ latitude: 35, longitude: 127, component: 'red-cells', group: 'O-', units: 1, now: new Date(hour(0)) })).toEqual([])
    expect(createStockIndex([]).nearest({ latitude: 35, longitude: 127, component: 'red-cells', group: 'O-', units: 1, now: new Date(hour(0)) })).toEqual([])
  })
})
