import { parseEntry, type Entry } from '@careledger/proof'
import type { EntryState } from '../entries/signed-entry.ts'
import type { Parts } from '../parts.ts'
import { readStates } from './entry-states.ts'

/** An entry of the log as operators see it: no subject, no payload. */
export interface LogItem {
  readonly index: number
  readonly state: EntryState
  readonly entry: Pick<Entry, 'id' | 'network' | 'type' | 'custodian' | 'author' | 'issuedAt'>
}

/** The newest entries with an index below `before` (default: all), newest first; `next` is the `before` of the following page. `limit` 1..1,000. */
export async function readNewestEntries(parts: Parts, query: { readonly before?: number | undefined; readonly limit: number }): Promise<{ readonly items: readonly LogItem[]; readonly next?: number | undefined }> {
  const { origin } = parts.log
  return parts.store.read(async (view) => {
    const end = Math.min(query.before ?? Infinity, (await view.treeState(origin)).size)
    const from = Math.max(0, end - query.limit)
    if (end <= from) return { items: [] }
    const leaves = (await view.leaves(origin, { from, limit: end - from })).toReversed()
    const ids = leaves.map(({ id }) => id)
    const [stored, states] = await Promise.all([view.entries(ids), readStates(parts, view, ids)])
    const items = leaves.flatMap((leaf, place) => {
      const found = stored[place]
      if (found === undefined) return []
      const { id, network, type, custodian, author, issuedAt } = parseEntry(found.canonical)
      return [{ index: leaf.index, state: states[place]?.state ?? 'sequenced', entry: { id, network, type, custodian, author, issuedAt } }]
    })
    return { items, next: from > 0 ? from : undefined }
  })
}
