import fc from 'fast-check'
import highsModule, { type LegacyHighs } from 'highs'
import { describe, expect, it } from 'vitest'
import { componentRules, type Component } from '../components.ts'
import { preferred } from '../compatibility/compatible.ts'
import { BLOOD_GROUPS, type BloodGroup } from '../groups.ts'
import { buildCirculation, costAndBound, provesOptimal, type Circulation } from './circulation.ts'
import { buildFlowModel } from './flow-model.ts'
import { greatestShortageFirst } from './greatest-shortage.ts'
import { createNetworkSimplex } from './network-simplex.ts'
import { defaultPlanSettings, type UnitMove, type PlanBank, type PlanInput, type TransportLink } from './plan-input.ts'
import { bestPlan, planRedistribution } from './plan-redistribution.ts'
import { surplusAndNeed, tierDays } from './surplus-and-need.ts'

const holding = (group: BloodGroup, units: number, perDay: number, hoursLeft = 480, component: Component = 'red-cells') => ({ component, group, perDay, lots: [{ units, hoursLeft }] })
const link = (from: string, to: string, minutes: number, more: Partial<TransportLink> = {}): TransportLink => ({ from, to, minutes, ...more })

const anyBank = (name: string, most: number): fc.Arbitrary<PlanBank> => fc.record({
  bank: fc.constant(name),
  holdings: fc.uniqueArray(fc.record({
    component: fc.constantFrom<Component>('red-cells', 'platelets'),
    group: fc.constantFrom<BloodGroup>('O-', 'O+', 'A+', 'AB-'),
    perDay: fc.constantFrom(0, 0.2, 0.4, 1),
    lots: fc.array(fc.record({ units: fc.integer({ min: 1, max: most }), hoursLeft: fc.constantFrom(12, 40, 100, 500, 900) }), { maxLength: 2 }),
  }), { minLength: 1, maxLength: 3, selector: ({ component, group }) => `${component} ${group}` }),
  intakeMax: fc.option(fc.integer({ min: 0, max: 2 * most }), { nil: undefined }),
  outputMax: fc.option(fc.integer({ min: 0, max: 2 * most }), { nil: undefined }),
})
const anyInput = (banks: number, most: number): fc.Arbitrary<PlanInput> => fc.record({
  banks: fc.tuple(...Array.from({ length: banks }, (_, at) => anyBank(`b${at}`, most))),
  links: fc.uniqueArray(fc.tuple(fc.nat(banks - 1), fc.nat(banks - 1), fc.integer({ min: 5, max: 900 }), fc.constantFrom(0, 30, 200)).map(([from, to, minutes, lossPermille]) => link(`b${from}`, `b${to}`, minutes, { lossPermille })), { minLength: banks, maxLength: 4 * banks, selector: ({ from, to }) => `${from} ${to}` }),
})

interface Unit { readonly from: string; readonly component: Component; readonly group: BloodGroup; readonly hoursLeft: number; readonly wasted: boolean }
interface Slot { readonly to: string; readonly component: Component; readonly group: BloodGroup; readonly tier: number }

/** The same question without any network: each unit of surplus to each place that lacks one, or to none; every way to do so is tried. */
function bruteForce({ banks, links }: PlanInput): number | undefined {
  const units: Unit[] = []
  const slots: Slot[] = []
  for (const { bank, holdings } of banks) for (const { component, group, ...rest } of holdings) {
    const { surplus, need } = surplusAndNeed({ component, group, ...rest }, defaultPlanSettings)
    for (const lot of surplus) for (let n = 0; n < lot.units; n++) units.push({ from: bank, component, group, hoursLeft: lot.hoursLeft, wasted: lot.wasted })
    need.forEach((missing, tier) => { for (let n = 0; n < missing; n++) slots.push({ to: bank, component, group, tier }) })
  }
  if (units.length > 6 || slots.length > 6) return undefined
  const rooms = (member: 'intakeMax' | 'outputMax') => new Map(banks.flatMap(({ bank, [member]: max }) => (['red-cells', 'platelets'] as const).map((component) => [`${bank} ${component}`, max ?? 99])))
  const [intake, output] = [rooms('intakeMax'), rooms('outputMax')]
  const gainOf = (unit: Unit, slot: Slot): number | undefined => {
    const way = links.find(({ from, to }) => from === unit.from && to === slot.to && from !== to)
    const rank = unit.component === slot.component ? preferred(unit.component, { group: slot.group, mayBearChildren: true }).indexOf(unit.group) : -1
    if (way === undefined || rank === -1 || (unit.hoursLeft - way.minutes / 60) / 24 < (tierDays(componentRules[unit.component].targetDays)[slot.tier] as number)) return undefined
    const arrives = 1 - (way.lossPermille ?? 0) / 1000
    return ((defaultPlanSettings.worth[slot.tier] as number) + (unit.wasted ? defaultPlanSettings.saved : 0)) * arrives - rank * defaultPlanSettings.substituted - way.minutes / 10
  }
  const take = (map: Map<string, number>, name: string, by: number) => map.set(name, (map.get(name) as number) + by)
  const best = (at: number, free: readonly Slot[]): number => {
    const unit = units[at]
    if (unit === undefined) return 0
    let most = best(at + 1, free)
    const out = `${unit.from} ${unit.component}`
    if ((output.get(out) as number) === 0) return most
    free.forEach((slot, index) => {
      const gain = gainOf(unit, slot)
      const into = `${slot.to} ${slot.component}`
      if (gain === undefined || (intake.get(into) as number) === 0) return
      take(output, out, -1)
      take(intake, into, -1)
      most = Math.max(most, gain + best(at + 1, free.toSpliced(index, 1)))
      take(output, out, 1)
      take(intake, into, 1)
    })
    return most
  }
  return best(0, slots)
}

describe('a redistribution by cost', () => {
  it('gains exactly what trying every way gains, on small cases', () => {
    let compared = 0
    fc.assert(fc.property(anyInput(3, 2), (input) => {
      const most = bruteForce(input)
      if (most === undefined) return
      const plan = bestPlan(input)
      expect(plan.gain).toBeCloseTo(most, 3)
      expect(plan.optimal).toBe(true)
      if (plan.moves.length > 0) compared++
    }), { numRuns: 2_500 })
    // About one in twenty is small enough to try every way, and has a move.
    expect(compared).toBeGreaterThan(20)
  })

  it('costs what an independent solver says is least, on larger ones', async () => {
    // Its types are those of a CommonJS module, and what is loaded is none.
    const highs = await (highsModule as unknown as () => Promise<LegacyHighs>)()
    fc.assert(fc.property(anyInput(12, 9), (input) => {
      for (const component of ['red-cells', 'platelets'] as const) {
        const { circulation } = buildFlowModel(component, input, defaultPlanSettings)
        const simplex = createNetworkSimplex(circulation)
        simplex.step(Number.POSITIVE_INFINITY)
        const state = simplex.state()
        expect(provesOptimal(circulation, state)).toBe(true)
        if (circulation.cost.length === 0) continue
        const solved = highs.solve(asLp(circulation))
        expect(costAndBound(circulation, state).cost).toBeCloseTo(solved.ObjectiveValue, 1)
      }
    }), { numRuns: 25 })
  })

  it('never sends what a bank needs itself, what does not suit, what arrives too old, or more than there is room for', () => {
    fc.assert(fc.property(anyInput(4, 6), (input) => {
      checkMoves(input, bestPlan(input).moves)
      checkMoves(input, greatestShortageFirst(input))
    }), { numRuns: 200 })
  })

  it('gets better from plan to plan, each within its bound, and ends proved', () => {
    fc.assert(fc.property(anyInput(6, 9), (input) => {
      let clock = 0
      const plans = [...planRedistribution(input, { everyMs: 0, now: () => clock++ })]
      plans.forEach((plan, at) => {
        expect(plan.gain).toBeGreaterThanOrEqual((plans[at - 1]?.gain ?? 0) - 1e-6)
        expect(plan.gainMax).toBeGreaterThanOrEqual((plans.at(-1)?.gain ?? 0) - 1e-6)
      })
      expect(plans.at(-1)?.optimal).toBe(true)
    }), { numRuns: 50 })
  })

  it('leaves out a bank whose figures are stale', () => {
    const banks = [{ bank: 'full', holdings: [holding('O-', 40, 1)] }, { bank: 'short', holdings: [holding('O-', 0, 2)] }]
    expect(bestPlan({ banks, links: [link('full', 'short', 60)] }).moves).toHaveLength(1)
    for (const at of [0, 1]) expect(bestPlan({ banks: banks.map((bank, index) => ({ ...bank, stale: index === at })), links: [link('full', 'short', 60)] }).moves).toEqual([])
  })

  it('sends first what would expire where it is', () => {
    const banks = [{ bank: 'slow', holdings: [holding('O-', 4, 0.1, 200)] }, { bank: 'full', holdings: [holding('O-', 40, 2, 840)] }, { bank: 'short', holdings: [holding('O-', 0, 0.5)] }]
    const plan = bestPlan({ banks, links: [link('slow', 'short', 90), link('full', 'short', 60)] })
    expect(plan.moves.find(({ from }) => from === 'slow')).toMatchObject({ to: 'short', units: 3, saved: 3 })
  })

  it('takes the way on which less is lost, where that is worth its time', () => {
    const banks = [{ bank: 'full', holdings: [holding('O-', 40, 1)] }, { bank: 'short', holdings: [holding('O-', 0, 0.5)] }]
    expect(bestPlan({ banks, links: [link('full', 'short', 60, { lossPermille: 200 }), link('full', 'short', 120)] }).moves.map(({ minutes }) => minutes)).toEqual([120])
  })
})

describe('the greatest shortage first', () => {
  it('gives to the bank that lacks most, from the nearest that has too much', () => {
    const banks = [
      { bank: 'near', holdings: [holding('A+', 10, 1)] }, { bank: 'far', holdings: [holding('A+', 40, 1)] },
      { bank: 'short', holdings: [holding('A+', 4, 1)] }, { bank: 'shortest', holdings: [holding('A+', 0, 1)] },
    ]
    const links = ['near', 'far'].flatMap((from) => ['short', 'shortest'].map((to) => link(from, to, from === 'near' ? 30 : 300)))
    expect(greatestShortageFirst({ banks, links }).map(({ from, to, units }) => `${units} ${from} ${to}`)).toEqual(['4 near shortest', '2 far shortest', '2 far short'])
  })
})

describe('a proof of optimality', () => {
  const chain = () => {
    const builder = buildCirculation()
    const [one, other] = [builder.node(), builder.node()]
    builder.arc(one, other, 5, -3)
    builder.arc(other, one, 4, 1)
    return builder.build()
  }

  it('refuses a flow that is not whole, too much or not the best, and prices that prove nothing', () => {
    const circulation = chain()
    const simplex = createNetworkSimplex(circulation)
    simplex.step(100)
    const state = simplex.state()
    expect([...state.flow]).toEqual([4, 4])
    expect(provesOptimal(circulation, state)).toBe(true)
    for (const flow of [[4, 3], [3, 3], [5, 5], [-1, -1]]) expect(provesOptimal(circulation, { ...state, flow: Int32Array.from(flow) })).toBe(false)
    expect(provesOptimal(circulation, { ...state, potential: new Float64Array(2) })).toBe(false)
  })
})

/** No model, no prices: only what must hold of any plan. */
function checkMoves({ banks, links }: PlanInput, moves: readonly UnitMove[]): void {
  for (const { from, to, component, group, forGroup, units, saved, minutes } of moves) {
    expect(links.some((way) => way.from === from && way.to === to && way.minutes === minutes)).toBe(true)
    expect(preferred(component, { group: forGroup, mayBearChildren: true })).toContain(group)
    expect(units).toBeGreaterThan(0)
    expect(saved).toBeLessThanOrEqual(units)
  }
  const sum = (chosen: readonly UnitMove[]) => chosen.reduce((total, { units }) => total + units, 0)
  for (const { bank, holdings, intakeMax, outputMax } of banks) for (const component of ['red-cells', 'platelets'] as const) {
    const own = moves.filter((move) => move.component === component)
    expect(sum(own.filter(({ to }) => to === bank))).toBeLessThanOrEqual(intakeMax ?? 1e9)
    expect(sum(own.filter(({ from }) => from === bank))).toBeLessThanOrEqual(outputMax ?? 1e9)
    for (const group of BLOOD_GROUPS) {
      const held = holdings.find((row) => row.component === component && row.group === group)
      const facts = held === undefined ? { surplus: [], need: [0, 0, 0] as const } : surplusAndNeed(held, defaultPlanSettings)
      expect(sum(own.filter((move) => move.from === bank && move.group === group))).toBeLessThanOrEqual(facts.surplus.reduce((total, lot) => total + lot.units, 0))
      expect(sum(own.filter((move) => move.to === bank && move.forGroup === group))).toBeLessThanOrEqual(facts.need[0] + facts.need[1] + facts.need[2])
    }
  }
}

/** In CPLEX's LP format: a variable for each arc, a balance for each node. */
function asLp({ nodes, from, to, capacity, cost }: Circulation): string {
  const term = (factor: number, arc: number) => `${factor < 0 ? '-' : '+'} ${Math.abs(factor)} x${arc}`
  const balances = Array.from({ length: nodes }, (_, node) => {
    const terms = [...cost.keys()].flatMap((arc) => (from[arc] === to[arc] ? [] : from[arc] === node ? [term(-1, arc)] : to[arc] === node ? [term(1, arc)] : []))
    return terms.length === 0 ? [] : [`n${node}: ${terms.join(' ')} = 0`]
  }).flat()
  return `Minimize\n obj: ${[...cost].map((each, arc) => term(each, arc)).join(' ')}\nSubject To\n ${balances.join('\n ')}\nBounds\n ${[...capacity].map((most, arc) => `0 <= x${arc} <= ${most}`).join('\n ')}\nEnd\n`
}
