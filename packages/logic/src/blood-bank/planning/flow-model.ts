import { componentRules, type Component } from '../components.ts'
import { preferred } from '../compatibility/compatible.ts'
import { BLOOD_GROUPS, type BloodGroup } from '../groups.ts'
import { buildCirculation, type Circulation } from './circulation.ts'
import type { UnitMove, PlanBank, PlanInput, PlanSettings, TransportLink } from './plan-input.ts'
import { surplusAndNeed, tierDays, type Need, type Surplus } from './surplus-and-need.ts'

/** Costs are counted in ten-thousandths of a point, so that losses of a permille are whole numbers. */
export const grain = 10_000

/** One component's redistribution as a circulation, and what its flow means. */
export interface FlowModel {
  readonly component: Component
  readonly circulation: Circulation
  moves(flow: Int32Array): readonly UnitMove[]
}

/** A unit on its way arrives with life enough for the shortage of a day, of half the target, or of the target: index of the last of `tierDays` it lasts for. */
type Life = 0 | 1 | 2

interface Sent { readonly arc: number; readonly link: TransportLink; readonly group: BloodGroup; readonly wasted: boolean; readonly arrived: number }
interface Served { readonly arc: number; readonly forGroup: BloodGroup; readonly arrived: number }

/**
 * Builds the model. A node stands for: each bank that gives; each of its surplus lots; units arrived at a bank, by group and life; each tier of
 * need there; each bank that takes; and the outside. Groups become one another only at the taking bank, so its intake is one capacity.
 */
export function buildFlowModel(component: Component, { banks, links }: Pick<PlanInput, 'banks' | 'links'>, settings: PlanSettings): FlowModel {
  const builder = buildCirculation()
  const outside = builder.node()
  const tiers = tierDays(componentRules[component].targetDays)
  // Planned for anybody of that group: what a patient who may bear children is refused is not counted on.
  const orders = Object.fromEntries(BLOOD_GROUPS.map((group) => [group, preferred(component, { group, mayBearChildren: true })])) as unknown as Readonly<Record<BloodGroup, readonly BloodGroup[]>>
  const giving = new Map<string, readonly { readonly node: number; readonly group: BloodGroup; readonly lot: Surplus }[]>()
  const taking = new Map<string, ReturnType<typeof addTaker>>()
  const sent: Sent[] = []
  const served: Served[] = []

  for (const bank of banks) {
    if (bank.stale === true) continue
    const lots: { readonly group: BloodGroup; readonly lot: Surplus }[] = []
    const needs: { readonly group: BloodGroup; readonly need: Need }[] = []
    for (const holding of bank.holdings) {
      if (holding.component !== component) continue
      const { surplus, need } = surplusAndNeed(holding, settings)
      lots.push(...surplus.filter(({ units }) => units > 0).map((lot) => ({ group: holding.group, lot })))
      if (need.some((units) => units > 0)) needs.push({ group: holding.group, need })
    }
    if (lots.length > 0) giving.set(bank.bank, addGiver(bank, lots))
    if (needs.length > 0) taking.set(bank.bank, addTaker(bank, needs))
  }
  for (const link of links) addLink(link)

  function addGiver({ outputMax }: PlanBank, lots: readonly { readonly group: BloodGroup; readonly lot: Surplus }[]) {
    const total = lots.reduce((sum, { lot }) => sum + lot.units, 0)
    const bank = builder.node()
    builder.arc(outside, bank, Math.min(total, outputMax ?? total), 0)
    return lots.map(({ group, lot }) => {
      const node = builder.node()
      builder.arc(bank, node, lot.units, 0)
      return { node, group, lot }
    })
  }

  function addTaker({ intakeMax }: PlanBank, needs: readonly { readonly group: BloodGroup; readonly need: Need }[]) {
    const total = needs.reduce((sum, { need }) => sum + need[0] + need[1] + need[2], 0)
    const bank = builder.node()
    builder.arc(bank, outside, Math.min(total, intakeMax ?? total), 0)
    const wanted = needs.flatMap(({ group, need }) => need.flatMap((units, tier) => {
      if (units === 0) return []
      const node = builder.node()
      builder.arc(node, bank, units, 0)
      return [{ node, group, tier, units }]
    }))
    const arrivals = new Map<number, number | undefined>()
    /** Node of units of `group` arrived with `life` over a way that loses so many; made when first asked for. */
    const arrivedNode = (group: BloodGroup, life: Life, lossPermille: number): number | undefined => {
      const name = (BLOOD_GROUPS.indexOf(group) * 3 + life) * 1001 + lossPermille
      if (arrivals.has(name)) return arrivals.get(name)
      const uses = wanted.flatMap(({ node, group: forGroup, tier, units }) => {
        const rank = tier > life ? -1 : orders[forGroup].indexOf(group)
        return rank === -1 ? [] : [{ node, forGroup, units, worth: (settings.worth[tier] as number) * (1000 - lossPermille) * 10 - rank * settings.substituted * grain }]
      })
      const node = uses.length === 0 ? undefined : builder.node()
      arrivals.set(name, node)
      if (node === undefined) return undefined
      for (const { node: use, forGroup, units, worth } of uses) served.push({ arc: builder.arc(node, use, units, -worth), forGroup, arrived: node })
      return node
    }
    return { arrivedNode }
  }

  function addLink(link: TransportLink): void {
    const taker = taking.get(link.to)
    if (link.from === link.to || taker === undefined) return
    for (const { node, group, lot } of giving.get(link.from) ?? []) {
      const days = (lot.hoursLeft - link.minutes / 60) / 24
      const life = tiers.findLastIndex((tier) => days >= tier)
      if (life === -1) continue
      const arrived = taker.arrivedNode(group, life as Life, link.lossPermille ?? 0)
      if (arrived === undefined) continue
      const cost = Math.round((link.cost ?? link.minutes / 10) * grain) - (lot.wasted ? settings.saved * (1000 - (link.lossPermille ?? 0)) * 10 : 0)
      sent.push({ arc: builder.arc(node, arrived, lot.units, cost), link, group, wasted: lot.wasted, arrived })
    }
  }

  return { component, circulation: builder.build(), moves: (flow) => readMoves(component, sent, served, flow) }
}

/** Who gets which of the units that arrived at one place is all the same to the plan's cost: they are matched in order. */
function readMoves(component: Component, sent: readonly Sent[], served: readonly Served[], flow: Int32Array): readonly UnitMove[] {
  const uses = new Map<number, { readonly forGroup: BloodGroup; left: number }[]>()
  for (const { arc, forGroup, arrived } of served) {
    const left = flow[arc] as number
    if (left > 0) uses.set(arrived, [...(uses.get(arrived) ?? []), { forGroup, left }])
  }
  const moves = new Map<string, UnitMove>()
  for (const { arc, link, group, wasted, arrived } of sent) {
    let units = flow[arc] as number
    for (const use of uses.get(arrived) ?? []) {
      const taken = Math.min(units, use.left)
      if (taken === 0) continue
      use.left -= taken
      units -= taken
      const name = `${link.from}\0${link.to}\0${group}\0${use.forGroup}\0${link.minutes}`
      const former = moves.get(name)
      moves.set(name, { from: link.from, to: link.to, component, group, forGroup: use.forGroup, units: (former?.units ?? 0) + taken, saved: (former?.saved ?? 0) + (wasted ? taken : 0), minutes: link.minutes })
    }
  }
  return [...moves.values()]
}

