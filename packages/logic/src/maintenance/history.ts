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
    const leaves = await parts.store.read(async (view) => {
      const page = await view.leaves(origin, { from, limit: pageMax })
      const stored = page.length === 0 ? [] : await view.entries(page.map(({ id }) => id))
      return page.map((leaf, place) => ({ id: leaf.id, leaf, stored: stored[place] }))
    })
    from = (leaves.at(-1)?.leaf.index ?? from - 1) + 1
    const fresh = leaves.filter(({ id }) => !early.delete(id))
    if (fresh.length > 0) yield fresh
    if (leaves.length > 0) continue
    const waiting = await parts.store.read(async (view) => ((await view.treeState(origin)).size > from ? undefined : view.unsequenced({ after: arrival, limit: pageMax })))
    if (waiting === undefined) continue
    if (waiting.length === 0) return
    arrival = waiting.at(-1)?.arrival
    for (const { entry } of waiting) early.add(entry.id)
    yield waiting.map(({ entry }) => ({ id: entry.id, stored: entry }))
  }
}
