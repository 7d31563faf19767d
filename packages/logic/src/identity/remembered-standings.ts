import type { DataStore, ReadView, Seen } from '@careledger/data-spec'
import { createBoundedMap, type Standing } from '@careledger/identity'
import { Recording, recordedView } from '../decisions/recorded-view.ts'

interface Query {
  readonly key: string
  readonly session?: string | undefined
}

/** What this process last read of a key and session. Good for nothing before a Write has seen that it is still so. */
export interface RememberedStandings {
  read(store: Pick<DataStore, 'read'>, query: Query): Promise<Standing>
  get(query: Query): { readonly standing: Standing; readonly evidence: object } | undefined
}

const standingsMax = 10_000
/** What stands behind each piece of evidence: identity hands it on and knows nothing of rows. */
const rows = new WeakMap<object, readonly Seen[]>()

/** The rows behind a piece of evidence; none without one. */
export function seenOf(evidence: object | undefined): readonly Seen[] {
  if (evidence === undefined) return []
  const seen = rows.get(evidence)
  if (seen === undefined) throw new TypeError('This is no evidence of a standing.')
  return seen
}

export function createRememberedStandings(readStanding: (view: ReadView, query: Query) => Promise<Standing>): RememberedStandings {
  const known = createBoundedMap<string, { readonly standing: Standing; readonly evidence: object }>(standingsMax)
  const nameOf = ({ key, session }: Query): string => `${key} ${session ?? ''}`
  return {
    async read(store, query) {
      const recording = new Recording()
      const standing = await store.read((view) => readStanding(recordedView(view, recording), query))
      const seen = recording.seen()
      if (seen === undefined || standing.key === undefined || standing.sessionEnded) known.delete(nameOf(query))
      else {
        const evidence = {}
        rows.set(evidence, seen)
        known.set(nameOf(query), { standing, evidence })
      }
      return standing
    },
    get: (query) => known.get(nameOf(query)),
  }
}
