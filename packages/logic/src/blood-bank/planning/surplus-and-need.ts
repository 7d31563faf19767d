import { componentRules } from '../components.ts'
import type { Holding, PlanSettings } from './plan-input.ts'

/** Units a bank can give. */
export interface Surplus {
  readonly units: number
  readonly hoursLeft: number
  /** They would expire unused here. */
  readonly wasted: boolean
}

/** Units missing until the stock lasts a day, half its target, its target; each beyond the former. */
export type Need = readonly [number, number, number]

/**
 * What a bank holds beyond its reserve and what it lacks, of one component and group. It uses the units that expire first; what it cannot use in time
 * is surplus whatever the reserve, and no stock. Only one of the two is ever given for units that it could use.
 */
export function surplusAndNeed({ component, lots, perDay }: Holding, { reserveTargets }: Pick<PlanSettings, 'reserveTargets'>): { readonly surplus: readonly Surplus[]; readonly need: Need } {
  const { targetDays } = componentRules[component]
  const reserve = Math.ceil(perDay * targetDays * Math.max(1, reserveTargets))
  const surplus: Surplus[] = []
  let usable = 0
  for (const { units, hoursLeft } of lots.toSorted((one, other) => one.hoursLeft - other.hoursLeft)) {
    const used = Math.max(0, Math.min(units, Math.floor((perDay * hoursLeft) / 24) - usable))
    const beyond = Math.max(0, usable + used - Math.max(reserve, usable))
    if (beyond > 0) surplus.push({ units: beyond, hoursLeft, wasted: false })
    if (units > used) surplus.push({ units: units - used, hoursLeft, wasted: true })
    usable += used
  }
  return { surplus, need: needOf(usable, perDay, targetDays) }
}

/** Up to which day of use each tier goes. */
export function tierDays(targetDays: number): readonly [number, number, number] {
  return [Math.min(1, targetDays), Math.max(Math.min(1, targetDays), targetDays / 2), targetDays]
}

function needOf(usable: number, perDay: number, targetDays: number): Need {
  let have = usable
  let asked = 0
  const tiers = tierDays(targetDays).map((days) => {
    const wanted = Math.ceil(perDay * days) - asked
    asked += wanted
    const missing = Math.max(0, wanted - have)
    have = Math.max(0, have - wanted)
    return missing
  })
  return tiers as unknown as Need
}

/** How long the stock lasts, in days of use: units that expire before they are used do not count. Infinity where nothing is used. */
export function daysOfCover({ lots, perDay }: Pick<Holding, 'lots' | 'perDay'>): number {
  if (perDay <= 0) return Number.POSITIVE_INFINITY
  let usable = 0
  for (const { units, hoursLeft } of lots.toSorted((one, other) => one.hoursLeft - other.hoursLeft)) usable += Math.max(0, Math.min(units, Math.floor((perDay * hoursLeft) / 24) - usable))
  return usable / perDay
}
