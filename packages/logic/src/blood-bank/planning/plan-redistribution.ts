import { COMPONENTS } from '../components.ts'
import { costAndBound, provesOptimal } from './circulation.ts'
import { buildFlowModel, grain, type FlowModel } from './flow-model.ts'
import { createNetworkSimplex, type NetworkSimplex } from './network-simplex.ts'
import { defaultPlanSettings, type UnitMove, type PlanInput } from './plan-input.ts'

/** A redistribution, and how good it is known to be. */
export interface Plan {
  /** Largest first, then the shortest way. */
  readonly moves: readonly UnitMove[]
  /** Points gained over leaving everything where it is. */
  readonly gain: number
  /** No plan gains more than this; infinite until every component was looked at. */
  readonly gainMax: number
  /** Proved: no better plan exists by these settings. Checked apart from the search. */
  readonly optimal: boolean
}

/** Between two looks at the clock. */
const pivotsAtOnce = 256

/**
 * The best redistribution by cost, as a series of plans, each at least as good as the former and the last one proved optimal; each carries the bound
 * that shows how much could still be gained. One is given about every `everyMs` (default 50); whoever wants only an answer in time takes the
 * newest and stops. Red cells come first. Exact: the model is a network, so its whole-numbered optimum is found; see docs/redistribution.md.
 */
export function* planRedistribution(input: PlanInput, { everyMs = 50, now = () => performance.now() }: { readonly everyMs?: number | undefined; readonly now?: (() => number) | undefined } = {}): Generator<Plan, Plan> {
  const settings = { ...defaultPlanSettings, ...input.settings }
  const parts: { readonly model: FlowModel; readonly simplex: NetworkSimplex }[] = []
  let last: number | undefined
  for (const component of COMPONENTS) {
    const model = buildFlowModel(component, input, settings)
    const part = { model, simplex: createNetworkSimplex(model.circulation) }
    parts.push(part)
    // The first plan comes once something was searched, not once something was built.
    last ??= now()
    while (!part.simplex.step(pivotsAtOnce)) {
      if (now() - last < everyMs) continue
      yield toPlan(parts)
      last = now()
    }
  }
  const plan = toPlan(parts)
  yield plan
  return plan
}

/** What is known so far; of a component not looked at yet, anything could be gained. */
function toPlan(parts: readonly { readonly model: FlowModel; readonly simplex: NetworkSimplex }[]): Plan {
  let gain = 0
  let [gainMax, optimal] = parts.length === COMPONENTS.length ? [0, true] : [Number.POSITIVE_INFINITY, false]
  const moves = parts.flatMap(({ model, simplex }) => {
    const state = simplex.state()
    const { cost, bound } = costAndBound(model.circulation, state)
    gain -= cost / grain
    gainMax -= bound / grain
    optimal &&= provesOptimal(model.circulation, state)
    return model.moves(state.flow)
  })
  return { moves: moves.toSorted((one, other) => other.units - one.units || one.minutes - other.minutes), gain, gainMax, optimal }
}

/** The optimum, however long it takes. */
export function bestPlan(input: PlanInput): Plan {
  let plan: Plan = { moves: [], gain: 0, gainMax: 0, optimal: false }
  for (plan of planRedistribution(input, { everyMs: Number.POSITIVE_INFINITY }));
  return plan
}
