/**
 * A minimum-cost circulation: arcs between nodes 0 to `nodes` - 1, each carrying 0 to `capacity` whole units at `cost` each. Costs are integers;
 * those of any cycle add up to less than 2^40. What is gained is a negative cost. Sending nothing is always possible.
 */
export interface Circulation {
  readonly nodes: number
  readonly from: Int32Array
  readonly to: Int32Array
  readonly capacity: Int32Array
  readonly cost: Float64Array
}

export interface CirculationState {
  /** Units on each arc. */
  readonly flow: Int32Array
  /** A price for each node: what proves how good `flow` is. */
  readonly potential: Float64Array
  /** Whether no cheaper circulation exists. */
  readonly optimal: boolean
}

export interface CirculationBuilder {
  node(): number
  /** Answers the arc's number. */
  arc(from: number, to: number, capacity: number, cost: number): number
  build(): Circulation
}

export function buildCirculation(): CirculationBuilder {
  const from: number[] = []
  const to: number[] = []
  const capacity: number[] = []
  const cost: number[] = []
  let nodes = 0
  return {
    node: () => nodes++,
    arc(start, end, units, each) {
      from.push(start)
      to.push(end)
      capacity.push(units)
      cost.push(each)
      return from.length - 1
    },
    build: () => ({ nodes, from: Int32Array.from(from), to: Int32Array.from(to), capacity: Int32Array.from(capacity), cost: Float64Array.from(cost) }),
  }
}

/** What the circulation costs, and the least that any could cost by these prices: equal when nothing cheaper exists (linear programming duality). */
export function costAndBound({ from, to, capacity, cost }: Circulation, { flow, potential }: Pick<CirculationState, 'flow' | 'potential'>): { readonly cost: number; readonly bound: number } {
  let total = 0
  let bound = 0
  for (let arc = 0; arc < cost.length; arc++) {
    const each = cost[arc] as number
    total += each * (flow[arc] as number)
    const reduced = each + (potential[from[arc] as number] as number) - (potential[to[arc] as number] as number)
    if (reduced < 0) bound += reduced * (capacity[arc] as number)
  }
  return { cost: total, bound }
}

/**
 * Checks a result without trusting whoever made it: that every node gets what it gives, no arc carries too much, and the prices prove that nothing
 * cheaper exists. Source: complementary slackness; Ahuja, Magnanti, Orlin, "Network Flows" (1993), theorem 9.4.
 */
export function provesOptimal(circulation: Circulation, state: Pick<CirculationState, 'flow' | 'potential'>): boolean {
  const { nodes, from, to, capacity } = circulation
  const balance = new Float64Array(nodes)
  for (let arc = 0; arc < capacity.length; arc++) {
    const units = state.flow[arc] as number
    if (units < 0 || units > (capacity[arc] as number)) return false
    balance[from[arc] as number] = (balance[from[arc] as number] as number) - units
    balance[to[arc] as number] = (balance[to[arc] as number] as number) + units
  }
  const { cost, bound } = costAndBound(circulation, state)
  return balance.every((units) => units === 0) && cost === bound
}
