import type { Circulation, CirculationState } from './circulation.ts'

/** Dearer than any cycle of real arcs: what an arc of the first tree costs, so that nothing is ever sent over it. */
const dear = 2 ** 40

/**
 * The primal network simplex method, a piece at a time: `step` makes at most so many pivots, and the flow is a valid circulation after each, never
 * worse than before. The tree stays strongly feasible, so it ends. Ahuja, Magnanti, Orlin, "Network Flows" (1993), sections 11.5 and 11.6;
 * entering arcs by block search.
 */
export interface NetworkSimplex {
  /** Whether it is done: no cheaper circulation exists. */
  step(pivots: number): boolean
  state(): CirculationState
}

export function createNetworkSimplex({ nodes, from: realFrom, to: realTo, capacity: realCapacity, cost: realCost }: Circulation): NetworkSimplex {
  const real = realCost.length
  const root = nodes
  const arcs = real + nodes
  const from = new Int32Array(arcs)
  const to = new Int32Array(arcs)
  const capacity = new Int32Array(arcs)
  const cost = new Float64Array(arcs)
  from.set(realFrom)
  to.set(realTo)
  capacity.set(realCapacity)
  cost.set(realCost)
  const flow = new Int32Array(arcs)
  /** 1: at nothing; -1: at its capacity; 0: in the tree. */
  const place = new Int8Array(arcs).fill(1)

  const potential = new Float64Array(nodes + 1)
  const parent = new Int32Array(nodes + 1).fill(root)
  const link = new Int32Array(nodes + 1).fill(-1)
  const depth = new Int32Array(nodes + 1).fill(1)
  const firstChild = new Int32Array(nodes + 1).fill(-1)
  const nextSibling = new Int32Array(nodes + 1).fill(-1)
  const formerSibling = new Int32Array(nodes + 1).fill(-1)
  parent[root] = -1
  depth[root] = 0
  for (let node = 0; node < nodes; node++) {
    const arc = real + node
    from[arc] = node
    to[arc] = root
    capacity[arc] = 2 ** 31 - 1
    cost[arc] = dear
    place[arc] = 0
    link[node] = arc
    potential[node] = -dear
    attach(node, root)
  }

  const block = Math.max(64, Math.ceil(Math.sqrt(real)))
  let search = 0
  let optimal = false

  function attach(node: number, under: number): void {
    const former = firstChild[under] as number
    parent[node] = under
    formerSibling[node] = -1
    nextSibling[node] = former
    if (former !== -1) formerSibling[former] = node
    firstChild[under] = node
  }

  function detach(node: number): void {
    const [before, after] = [formerSibling[node] as number, nextSibling[node] as number]
    if (before === -1) firstChild[parent[node] as number] = after
    else nextSibling[before] = after
    if (after !== -1) formerSibling[after] = before
  }

  /** The arc that gains most of the next block in which one gains; -1: none does. */
  function entering(): number {
    let best = -1
    let gain = 0
    let inBlock = block
    for (let looked = 0; looked < real; looked++) {
      const arc = search
      search = search + 1 === real ? 0 : search + 1
      const reduced = (place[arc] as number) * ((cost[arc] as number) + (potential[from[arc] as number] as number) - (potential[to[arc] as number] as number))
      if (reduced < gain) {
        gain = reduced
        best = arc
      }
      if (--inBlock === 0) {
        if (best !== -1) return best
        inBlock = block
      }
    }
    return best
  }

  function pivot(arc: number): void {
    // Units go round the cycle in the direction of `arc`, or against it where it is full.
    const forward = place[arc] === 1
    const tail = (forward ? from : to)[arc] as number
    const head = (forward ? to : from)[arc] as number
    let delta = capacity[arc] as number
    let leaving = -1
    let onTailSide = false
    // The path from the top of the cycle down to the tail, walked upwards: it is followed downwards, so an arc up is emptied and an arc down filled.
    let [one, other] = [tail, head]
    const top = apex(tail, head)
    for (; one !== top; one = parent[one] as number) {
      const up = link[one] as number
      const room = from[up] === one ? (flow[up] as number) : (capacity[up] as number) - (flow[up] as number)
      if (room < delta) [delta, leaving, onTailSide] = [room, one, true]
    }
    // Ties go to the last one met on the way round from the top: what keeps the tree strongly feasible.
    for (; other !== top; other = parent[other] as number) {
      const up = link[other] as number
      const room = from[up] === other ? (capacity[up] as number) - (flow[up] as number) : (flow[up] as number)
      if (room <= delta) [delta, leaving, onTailSide] = [room, other, false]
    }
    if (delta > 0) {
      flow[arc] = (flow[arc] as number) + (forward ? delta : -delta)
      for (let node = tail; node !== top; node = parent[node] as number) add(link[node] as number, from[link[node] as number] === node ? -delta : delta)
      for (let node = head; node !== top; node = parent[node] as number) add(link[node] as number, from[link[node] as number] === node ? delta : -delta)
    }
    if (leaving === -1) {
      place[arc] = forward ? -1 : 1
      return
    }
    const gone = link[leaving] as number
    place[gone] = flow[gone] === 0 ? 1 : -1
    place[arc] = 0
    // The part below the arc that leaves hangs on the entering arc now, turned over along the way between the two.
    const [inside, outside] = onTailSide ? [tail, head] : [head, tail]
    reroot(inside, leaving, outside, arc)
  }

  function add(arc: number, units: number): void {
    flow[arc] = (flow[arc] as number) + units
  }

  function apex(one: number, other: number): number {
    let [left, right] = [one, other]
    while (left !== right) {
      if ((depth[left] as number) >= (depth[right] as number)) left = parent[left] as number
      else right = parent[right] as number
    }
    return left
  }

  function reroot(inside: number, leaving: number, outside: number, arc: number): void {
    let [node, under, by] = [inside, outside, arc]
    for (;;) {
      const [above, old] = [parent[node] as number, link[node] as number]
      detach(node)
      attach(node, under)
      link[node] = by
      if (node === leaving) break
      ;[under, by, node] = [node, old, above]
    }
    const shift = from[arc] === inside ? (potential[outside] as number) - (cost[arc] as number) - (potential[inside] as number) : (potential[outside] as number) + (cost[arc] as number) - (potential[inside] as number)
    // Everything below moves by the same price.
    let at = inside
    for (;;) {
      potential[at] = (potential[at] as number) + shift
      depth[at] = (depth[parent[at] as number] as number) + 1
      if (firstChild[at] !== -1) {
        at = firstChild[at] as number
        continue
      }
      while (at !== inside && nextSibling[at] === -1) at = parent[at] as number
      if (at === inside) return
      at = nextSibling[at] as number
    }
  }

  return {
    step(pivots) {
      for (let done = 0; done < pivots && !optimal; done++) {
        const arc = entering()
        if (arc === -1) optimal = true
        else pivot(arc)
      }
      return optimal
    },
    state: () => ({ flow: flow.slice(0, real), potential: potential.slice(0, nodes), optimal }),
  }
}
