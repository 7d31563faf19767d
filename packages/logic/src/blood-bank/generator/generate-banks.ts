import { around, distance } from 'geokdbush'
import KDBush from 'kdbush'
import { COMPONENTS, componentRules, type Component } from '../components.ts'
import { BLOOD_GROUPS, type BloodGroup } from '../groups.ts'
import type { PlanBank, TransportLink } from '../planning/plan-input.ts'
import type { BankPlace } from '../stock/stock-index.ts'
import type { StockRow } from '../stock/stock-rows.ts'

/** A made-up network of blood banks: nobody in it exists. The same seed gives the same network. */
export interface MadeBanks {
  readonly places: readonly BankPlace[]
  readonly banks: readonly PlanBank[]
  /** Ways from each bank to its nearest ones. */
  readonly links: readonly TransportLink[]
  /** The same stock as rows. */
  readonly rows: readonly Pick<StockRow, 'bank' | 'component' | 'group' | 'available' | 'asOf'>[]
}

/** Shares of the groups of a thousand people, roughly as in Korea, where three are RhD-negative. */
const shares: Readonly<Record<BloodGroup, number>> = { 'O-': 0.8, 'O+': 280.2, 'A-': 1, 'A+': 340, 'B-': 0.8, 'B+': 263.2, 'AB-': 0.4, 'AB+': 113.6 }
/** How much of each is used for one unit of red cells. Made up, in a plausible proportion. */
const use: Readonly<Record<Component, number>> = { 'red-cells': 1, platelets: 0.25, plasma: 0.3, cryoprecipitate: 0.15 }

const cities = [[37.57, 126.98], [35.18, 129.08], [37.46, 126.71], [35.87, 128.6], [36.35, 127.38], [35.16, 126.85], [35.54, 129.31], [37.34, 127.92], [35.82, 127.15], [33.5, 126.53]] as const

/**
 * `count` banks, at least 1, around ten cities, with a use of 3 to 40 units of red cells a day each, and stock from next to nothing to twice the target. `near`: ways
 * from each bank, default 20; 40 km/h and 20 minutes to load.
 */
export function generateBanks({ seed, count, near = 20, now }: { readonly seed: number; readonly count: number; readonly near?: number | undefined; readonly now: Date }): MadeBanks {
  const random = createRandom(seed)
  const places = Array.from({ length: count }, (_, at): BankPlace => {
    const [latitude, longitude] = cities[Math.floor(random() ** 2 * cities.length)] as (typeof cities)[number]
    return { bank: `bank-${String(at + 1).padStart(5, '0')}`, latitude: latitude + (random() + random() - 1) * 0.6, longitude: longitude + (random() + random() - 1) * 0.6 }
  })
  const banks = places.map(({ bank }): PlanBank => {
    const size = 3 + 37 * random() ** 3
    return { bank, holdings: COMPONENTS.flatMap((component) => BLOOD_GROUPS.map((group) => {
      const perDay = (size * use[component] * shares[group]) / 1000
      const units = Math.round(perDay * componentRules[component].targetDays * 2.2 * random())
      const thirds = [Math.ceil(units / 3), Math.floor(units / 3), units - Math.ceil(units / 3) - Math.floor(units / 3)]
      return { component, group, perDay, lots: thirds.filter((part) => part > 0).map((part) => ({ units: part, hoursLeft: Math.ceil(componentRules[component].shelfLifeDays * 24 * random()) })) }
    })) }
  })
  const tree = new KDBush(places.length)
  for (const { longitude, latitude } of places) tree.add(longitude, latitude)
  tree.finish()
  const links = places.flatMap((from, own) => (near === 0 ? [] : around(tree, from.longitude, from.latitude, near, Number.POSITIVE_INFINITY, (at) => at !== own)).map((at): TransportLink => {
    const to = places[at] as BankPlace
    return { from: from.bank, to: to.bank, minutes: Math.round(20 + distance(from.longitude, from.latitude, to.longitude, to.latitude) * 1.5) }
  }))
  const rows = banks.flatMap(({ bank, holdings }) => holdings.map(({ component, group, lots }) => ({
    bank, component, group, asOf: now.toISOString(),
    available: lots.reduce<Record<string, number>>((byExpiry, { units, hoursLeft }) => {
      const expires = new Date(now.getTime() + hoursLeft * 3_600_000).toISOString()
      return { ...byExpiry, [expires]: (byExpiry[expires] ?? 0) + units }
    }, {}),
  })))
  return { places, banks, links, rows }
}

/** 0 up to 1; mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
