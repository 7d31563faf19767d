import { COMPONENTS } from '../components.ts'
import { costAndBound, provesOptimal } from './circulation.ts'
import { buildFlowModel } from './flow-model.ts'
import { createNetworkSimplex } from './network-simplex.ts'
import { defaultPlanSettings, type UnitMove, type PlanInput } from './plan-input.ts'

/** A redistribution, and how good it is known to be. */
export interface Plan {
  /** Best first: by what the whole of their units is worth. */
  readonly moves: readonly UnitMove[]
  /** Points gained over leaving everything where it is. */
  readonly gain: number
  /** No plan gains more than this. */
  readonly gainMax: number
  /** Proved: no better plan exists by these settings. Checked apart from the search. */
  readonly optimal: boolean
}

const grain = 10_000
/** Between two looks at the clock. */
const pivotsAtOnce = 256

/**
 * The best redistribution by cost, as a series of plans, each at least as good as the former and the last one proved optimal; each carries the bound
 * that shows how much could still be gained. One is given about every `everyMs` (default 50); whoever wants only an answer in time takes the
 * newest and stops. Exact: the model is a network, so its whole-numbered optimum is found; see docs/redistribution.md.
 */
export function* planRedistribution(input: PlanInput, { everyMs = 50, now = () => performance.now() }: { readonly everyMs?: number | undefined; readonly now?: (() => number) | undefined } = {}): Generator<Plan, Plan> {
  const settings = { ...defaultPlanSettings, ...input.settings }
  const parts = COMPONENTS.map((component) => {
    const model = buildFlowModel(component, input, settings)
    return { model, simplex: createNetworkSimplex(model.circulation) }
  })
  const asPlan = (): Plan => {
    let [gain, gainMax, optimal] = [0, 0, true]
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
  let last = now()
  for (const { simplex } of parts) {
    while (!simplex.step(pivotsAtOnce)) {
      if (now() - last < everyMs) continue
      yield asPlan()
      last = now()
    }
  }
  const plan = asPlan()
  yield plan
  return plan
}

/** The optimum, however long it takes. */
export function bestPlan(input: PlanInput): Plan {
  let plan: Plan = { moves: [], gain: 0, gainMax: 0, optimal: false }
  for (plan of planRedistribution(input, { everyMs: Number.POSITIVE_INFINITY }));
  return plan
}
