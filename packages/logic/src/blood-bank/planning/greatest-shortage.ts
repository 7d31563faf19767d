import { COMPONENTS, componentRules, type Component } from '../components.ts'
import { preferred } from '../compatibility/compatible.ts'
import { BLOOD_GROUPS, type BloodGroup } from '../groups.ts'
import { defaultPlanSettings, type UnitMove, type PlanInput, type TransportLink } from './plan-input.ts'
import { surplusAndNeed, type Surplus } from './surplus-and-need.ts'

interface Shortage { readonly bank: string; readonly group: BloodGroup; readonly perDay: number; missing: number }
type Stock = { -readonly [Member in keyof Surplus]: Surplus[Member] }

/**
 * The paper's rule: surplus goes to the bank with the greatest shortage, in units missing to its target; from the nearest bank that has a unit of the
 * same group to spare, else of the next group that its patients may have. What would expire goes first. Then the next greatest shortage, until
 * nothing is left to give or nobody is short. Simple to follow; `planRedistribution` shows what it leaves on the table.
 */
export function greatestShortageFirst({ banks, links, settings }: PlanInput): readonly UnitMove[] {
  const { reserveTargets } = { ...defaultPlanSettings, ...settings }
  const usable = banks.filter(({ stale }) => stale !== true)
  const waysTo = Map.groupBy(links.filter(({ from, to }) => from !== to).toSorted((one, other) => one.minutes - other.minutes), ({ to }) => to)
  return COMPONENTS.flatMap((component) => {
    const stocks = new Map<string, Stock[]>()
    const shortages: Shortage[] = []
    for (const { bank, holdings } of usable) for (const holding of holdings) {
      if (holding.component !== component) continue
      const { surplus, need } = surplusAndNeed(holding, { reserveTargets })
      if (surplus.length > 0) stocks.set(`${bank} ${holding.group}`, surplus.map((lot) => ({ ...lot })).toSorted((one, other) => one.hoursLeft - other.hoursLeft))
      const missing = need[0] + need[1] + need[2]
      if (missing > 0) shortages.push({ bank, group: holding.group, perDay: holding.perDay, missing })
    }
    const room = new Map(usable.map(({ bank, intakeMax, outputMax }) => [bank, { intake: intakeMax ?? Number.POSITIVE_INFINITY, output: outputMax ?? Number.POSITIVE_INFINITY }]))
    return shortages.toSorted((one, other) => other.missing - one.missing || one.bank.localeCompare(other.bank) || BLOOD_GROUPS.indexOf(one.group) - BLOOD_GROUPS.indexOf(other.group))
      .flatMap((shortage) => serve(component, shortage, stocks, room, waysTo.get(shortage.bank) ?? []))
  })
}

function serve(component: Component, shortage: Shortage, stocks: Map<string, Stock[]>, room: Map<string, { intake: number; output: number }>, ways: readonly TransportLink[]): readonly UnitMove[] {
  const moves: UnitMove[] = []
  const target = componentRules[component].targetDays
  for (const group of preferred(component, { group: shortage.group, mayBearChildren: true })) for (const link of ways) {
    const lots = stocks.get(`${link.from} ${group}`)
    const [giver, taker] = [room.get(link.from), room.get(shortage.bank)]
    if (lots === undefined || giver === undefined || taker === undefined) continue
    let [units, saved] = [0, 0]
    for (const lot of lots) {
      // It must last until it is used: as long as the shelf it fills.
      if ((lot.hoursLeft - link.minutes / 60) / 24 < Math.min(target, shortage.missing / shortage.perDay)) continue
      const given = Math.min(lot.units, shortage.missing, giver.output, taker.intake)
      lot.units -= given
      shortage.missing -= given
      giver.output -= given
      taker.intake -= given
      units += given
      if (lot.wasted) saved += given
    }
    if (units > 0) moves.push({ from: link.from, to: shortage.bank, component, group, forGroup: shortage.group, units, saved, minutes: link.minutes })
    if (shortage.missing === 0) return moves
  }
  return moves
}
