import type { Leaf, StoredEntry } from '@careledger/data-spec'
import type { Parts } from '../parts.ts'

/** One entry of the past: with its leaf, or still waiting for one. `stored` is missing where a leaf names an entry that is not there. */
export interface HistoryItem {
  readonly id: string
  readonly stored?: StoredEntry | undefined
  readonly leaf?: Leaf | undefined
}

/** Entries in one page; each may carry up to 256 KiB. */
const pageMax = 512

/**
 * Every entry in log order from index 0, then those without an index in arrival order, in pages. What is written meanwhile comes too; an
 * entry that got its index after it was given without one is not given again.
 */
export async function* readHistory(parts: Parts): AsyncGenerator<readonly HistoryItem[]> {
  const { origin } = parts.log
  const early = new Set<string>()
  let from = 0
  let arrival: number | undefined
  for (;;) {
    // One snapshot: what has no leaf in it is among the waiting in it.
    const page = await parts.store.read(async (view): Promise<readonly HistoryItem[]> => {
      const leaves = await view.leaves(origin, { from, limit: pageMax })
      if (leaves.length > 0) {
        const stored = await view.entries(leaves.map(({ id }) => id))
        return leaves.map((leaf, place) => ({ id: leaf.id, leaf, stored: stored[place] }))
      }
      const waiting = await view.unsequenced({ after: arrival, limit: pageMax })
      arrival = waiting.at(-1)?.arrival ?? arrival
      return waiting.map(({ entry }) => ({ id: entry.id, stored: entry }))
    })
    const last = page.at(-1)
    if (last === undefined) return
    if (last.leaf === undefined) for (const { id } of page) early.add(id)
    else from = last.leaf.index + 1
    const fresh = last.leaf === undefined ? page : page.filter(({ id }) => !early.delete(id))
    if (fresh.length > 0) yield fresh
  }
}
