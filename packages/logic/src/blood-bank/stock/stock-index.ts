import { around, distance } from 'geokdbush'
import KDBush from 'kdbush'
import { COMPONENTS, type Component } from '../components.ts'
import { preferred } from '../compatibility/compatible.ts'
import { BLOOD_GROUPS, type BloodGroup } from '../groups.ts'
import type { StockRow } from './stock-rows.ts'

/** Where a bank is: WGS 84, degrees. */
export interface BankPlace {
  readonly bank: string
  readonly latitude: number
  readonly longitude: number
}

/** What all banks hold of one component and group. */
export interface StockTotal {
  readonly component: Component
  readonly group: BloodGroup
  readonly available: number
}

export interface NearBank {
  readonly bank: string
  readonly kilometres: number
  /** Compatible units there, best group first; none of them expired when asked. */
  readonly units: readonly { readonly group: BloodGroup; readonly units: number }[]
  /** The oldest of the bank's words that this rests on. */
  readonly asOf: string
}

/**
 * All banks' stock in memory, for a national view: fed with stock rows as they change, it answers totals in the time of 32 additions and the nearest
 * banks in that of the banks it looks at. It is a copy: what is reserved or sent is decided by the rows, in their write.
 */
export interface StockIndex {
  /** Takes the newest row of a bank, component and group. A bank without a place counts in totals and is never near. */
  put(row: Pick<StockRow, 'bank' | 'component' | 'group' | 'available' | 'asOf'>): void
  /** Of every component and group, 32 figures. `available` counts what has not expired at `now`. */
  totals(now: Date): readonly StockTotal[]
  /**
   * The nearest banks, closest first, that each hold at least `units` units that a recipient of `group` may be given, not expired at `now`, and that
   * signed a figure of them since `freshSince`. At most `limit`, default 5.
   */
  nearest(question: NearestQuestion): readonly NearBank[]
}

export interface NearestQuestion {
  readonly latitude: number
  readonly longitude: number
  readonly component: Component
  readonly group: BloodGroup
  readonly mayBearChildren?: boolean | undefined
  readonly units: number
  readonly now: Date
  readonly freshSince?: Date | undefined
  readonly limit?: number | undefined
}

interface Figure { readonly asOf: string; readonly lots: readonly { readonly expires: number; readonly units: number }[]; readonly units: number }

const slots = COMPONENTS.length * BLOOD_GROUPS.length

export function createStockIndex(places: readonly BankPlace[]): StockIndex {
  const tree = new KDBush(Math.max(1, places.length))
  for (const { longitude, latitude } of places) tree.add(longitude, latitude)
  if (places.length === 0) tree.add(0, 0)
  tree.finish()
  const figures = new Map<string, (Figure | undefined)[]>()
  const byPlace = places.map(({ bank }) => figuresOf(bank))
  const sums = new Float64Array(slots)
  /** Units by the instant they expire at, of each slot: what `totals` takes away once it has passed. */
  const ends = Array.from({ length: slots }, () => new Map<number, number>())
  const earliest = new Float64Array(slots).fill(Number.POSITIVE_INFINITY)

  function figuresOf(bank: string): (Figure | undefined)[] {
    const known = figures.get(bank)
    if (known !== undefined) return known
    const made = new Array<Figure | undefined>(slots).fill(undefined)
    figures.set(bank, made)
    return made
  }

  function count(slot: number, { lots }: Pick<Figure, 'lots'>, sign: 1 | -1): void {
    const map = ends[slot] as Map<number, number>
    for (const { expires, units } of lots) {
      const left = (map.get(expires) ?? 0) + sign * units
      if (left === 0) map.delete(expires)
      else map.set(expires, left)
      sums[slot] = (sums[slot] as number) + sign * units
      if (expires < (earliest[slot] as number)) earliest[slot] = expires
    }
  }

  return {
    put({ bank, component, group, available, asOf }) {
      const slot = slotOf(component, group)
      const own = figuresOf(bank)
      const former = own[slot]
      if (former !== undefined) count(slot, former, -1)
      const lots = Object.entries(available).map(([expires, units]) => ({ expires: Date.parse(expires), units }))
      const next: Figure = { asOf, lots, units: lots.reduce((sum, { units }) => sum + units, 0) }
      own[slot] = next
      count(slot, next, 1)
    },
    totals(now) {
      return COMPONENTS.flatMap((component) => BLOOD_GROUPS.map((group) => {
        const slot = slotOf(component, group)
        return { component, group, available: (sums[slot] as number) - expired(ends[slot] as Map<number, number>, earliest, slot, now.getTime()) }
      }))
    },
    nearest({ latitude, longitude, component, group, mayBearChildren, units, now, freshSince, limit = 5 }) {
      if (places.length === 0) return []
      const order = preferred(component, { group, mayBearChildren })
      const wanted = order.map((unit) => slotOf(component, unit))
      const since = freshSince?.toISOString() ?? ''
      const usable = (figure: Figure | undefined): number => (figure === undefined || figure.asOf === '' || figure.asOf < since ? 0 : unexpired(figure, now.getTime()))
      const enough = (place: number): boolean => {
        let sum = 0
        for (const slot of wanted) {
          sum += usable((byPlace[place] as (Figure | undefined)[])[slot])
          if (sum >= units) return true
        }
        return false
      }
      return around(tree, longitude, latitude, limit, Number.POSITIVE_INFINITY, enough).map((at) => {
        const { bank, longitude: toLongitude, latitude: toLatitude } = places[at] as BankPlace
        const own = byPlace[at] as (Figure | undefined)[]
        const held = order.map((unit, index) => ({ group: unit, units: usable(own[wanted[index] as number]), asOf: own[wanted[index] as number]?.asOf ?? '' })).filter((one) => one.units > 0)
        return {
          bank, kilometres: distance(longitude, latitude, toLongitude, toLatitude), units: held.map(({ group: unit, units: there }) => ({ group: unit, units: there })),
          asOf: held.map(({ asOf }) => asOf).toSorted()[0] as string,
        }
      })
    },
  }
}

function slotOf(component: Component, group: BloodGroup): number {
  return COMPONENTS.indexOf(component) * BLOOD_GROUPS.length + BLOOD_GROUPS.indexOf(group)
}

function unexpired({ lots, units }: Figure, now: number): number {
  return lots.reduce((left, lot) => (lot.expires <= now ? left - lot.units : left), units)
}

/** Nothing is looked at before the first of them can have expired. */
function expired(ends: ReadonlyMap<number, number>, earliest: Float64Array, slot: number, now: number): number {
  if ((earliest[slot] as number) > now) return 0
  let [gone, next] = [0, Number.POSITIVE_INFINITY]
  for (const [expires, units] of ends) {
    if (expires <= now) gone += units
    next = Math.min(next, expires)
  }
  earliest[slot] = next
  return gone
}
