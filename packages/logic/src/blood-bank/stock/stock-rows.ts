import type { Component } from '../components.ts'
import type { BloodGroup } from '../groups.ts'
import { stockKey, type UnitRow } from '../units/unit-rows.ts'

/** Row `blood-stock`, plain; key = `<bank> <component> <group>`; indexes `bank` and `all`. What the bank holds, as of its newest signed entry. */
export interface StockRow {
  readonly bank: string
  readonly component: Component
  readonly group: BloodGroup
  /** Units free to use, by the instant they expire at. */
  readonly available: Readonly<Record<string, number>>
  /** Held, but not free: reserved, waiting for tests or release, in quarantine. */
  readonly reserved: number
  readonly waiting: number
  readonly quarantined: number
  /** On their way to this bank. */
  readonly incoming: number
  readonly entry: string
  readonly signer: string
  readonly asOf: string
}

/** One counter of one stock row, up or down by a unit. */
interface Count {
  readonly key: string
  readonly counter: 'reserved' | 'waiting' | 'quarantined' | 'incoming' | `expires ${string}`
}

/** Which counters a unit stands in: its bank's, and while it is on its way its receiver's. */
function countsOf(unit: UnitRow): readonly Count[] {
  const key = stockKey(unit)
  switch (unit.state) {
    case 'available': return [{ key, counter: `expires ${unit.expires}` }]
    case 'reserved': return [{ key, counter: 'reserved' }]
    case 'collected': case 'tested': return [{ key, counter: 'waiting' }]
    case 'quarantined': return [{ key, counter: 'quarantined' }]
    case 'dispatched': return [{ key: stockKey({ ...unit, bank: unit.to as string }), counter: 'incoming' }]
    case 'transfused': case 'discarded': case 'lost': return []
  }
}

/** Keys of the stock rows that a unit's step changes. */
export function stockKeysOf(before: UnitRow | undefined, after: UnitRow): readonly string[] {
  return [...new Set([...(before === undefined ? [] : countsOf(before)), ...countsOf(after)].map(({ key }) => key)), ...(before === undefined ? [] : [stockKey(before)]), stockKey(after)].filter((key, at, all) => all.indexOf(key) === at)
}

/** A stock row after a unit's step. `signed` is set only on rows of the bank that signed: a dispatch to a bank is no word of that bank's. */
export function countStep(row: StockRow, key: string, before: UnitRow | undefined, after: UnitRow): StockRow {
  let next = row
  for (const { counter, key: counted } of before === undefined ? [] : countsOf(before)) if (counted === key) next = add(next, counter, -1)
  for (const { counter, key: counted } of countsOf(after)) if (counted === key) next = add(next, counter, 1)
  return after.bank === row.bank ? { ...next, entry: after.entry, signer: after.signer, asOf: after.asOf } : next
}

/** The stock row that a unit's first step at a bank begins. Nobody of that bank has signed anything of it yet. */
export function emptyStock(key: string): StockRow {
  const [bank, component, group] = key.split(' ') as [string, Component, BloodGroup]
  return { bank, component, group, available: {}, reserved: 0, waiting: 0, quarantined: 0, incoming: 0, entry: '', signer: '', asOf: '' }
}

/** The same from all its units at once: what the counters must equal at any moment. */
export function recount(units: Iterable<UnitRow>): ReadonlyMap<string, Pick<StockRow, 'available' | 'reserved' | 'waiting' | 'quarantined' | 'incoming'>> {
  const rows = new Map<string, StockRow>()
  for (const unit of units) for (const { key, counter } of countsOf(unit)) rows.set(key, add(rows.get(key) ?? emptyStock(key), counter, 1))
  return new Map([...rows].map(([key, { available, reserved, waiting, quarantined, incoming }]) => [key, { available, reserved, waiting, quarantined, incoming }]))
}

function add(row: StockRow, counter: Count['counter'], by: 1 | -1): StockRow {
  if (!counter.startsWith('expires ')) return { ...row, [counter]: row[counter as 'reserved'] + by }
  const expires = counter.slice('expires '.length)
  const { [expires]: former = 0, ...others } = row.available
  const units = former + by
  return { ...row, available: units === 0 ? others : { ...others, [expires]: units } }
}
