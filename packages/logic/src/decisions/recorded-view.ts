import type { Projection, ReadView, Seen } from '@careledger/data-spec'
import { chartMarkTable } from '../hospital/tables.ts'

/** More than this is not looked at again row by row. */
const seenMax = 64
const indexRowsMax = 16

/**
 * What an answer was made of: the rows that its snapshot showed, so that a later Write can say it has seen them. Rows of a patient's chart are
 * not among them: the chart's mark stands for all of them.
 */
export class Recording {
  readonly #seen = new Map<string, Seen>()
  /** Milliseconds since 1970 up to which the same rows give the same answer. */
  until = Number.POSITIVE_INFINITY
  #mark: Projection | undefined
  #lost = false

  /** It rests on something that no row says; or on too much. */
  lose(): void {
    this.#lost = true
  }

  row(table: string, key: string, found: Projection | undefined): void {
    if (found !== undefined && found.stamp === undefined) return this.lose()
    this.#add(`${table}\0${key}`, { table, key, stamp: found?.stamp })
    if (table !== chartMarkTable || found === undefined) return
    if (this.#mark !== undefined && this.#mark.key !== key) return this.lose()
    this.#mark = found
  }

  rows({ table, index, equals, after }: Parameters<ReadView['find']>[0], { rows, next }: Awaited<ReturnType<ReadView['find']>>): void {
    if (table === 'record' && (index === 'patient' || index === 'type')) return
    if (index === undefined || equals === undefined || after !== undefined || next !== undefined || rows.length > indexRowsMax) return this.lose()
    const stamped = rows.flatMap(({ key, stamp }) => (stamp === undefined ? [] : [{ key, stamp }]))
    if (stamped.length < rows.length) return this.lose()
    this.#add(`${table}\0${index}\0${equals}`, { table, index, equals, rows: stamped })
  }

  #add(name: string, seen: Seen): void {
    this.#seen.set(name, seen)
    if (this.#seen.size > seenMax) this.lose()
  }

  /** `undefined`: it cannot be told from rows whether the answer would be the same. */
  seen(): readonly Seen[] | undefined {
    return this.#lost ? undefined : [...this.#seen.values()]
  }

  /** The mark of the one chart that was looked at; `undefined`: there was none, or several. */
  get mark(): Projection | undefined {
    return this.#lost ? undefined : this.#mark
  }
}

const recordings = new WeakMap<ReadView, { readonly recording: Recording; readonly view: ReadView }>()

/** The same view; what is asked through it is recorded. Entries never change, so those found need no looking at again. */
export function recordedView(view: ReadView, recording: Recording): ReadView {
  const entries: ReadView['entries'] = async (ids) => {
    const found = await view.entries(ids)
    if (found.includes(undefined)) recording.lose()
    return found
  }
  const followed: Partial<ReadView> = {
    entries,
    entry: async (id) => (await entries([id]))[0],
    async projection(table, key) {
      const found = await view.projection(table, key)
      recording.row(table, key, found)
      return found
    },
    async projections(table, keys) {
      const found = await view.projections(table, keys)
      keys.forEach((key, place) => { recording.row(table, key, found[place]) })
      return found
    },
    async find(query) {
      const page = await view.find(query)
      recording.rows(query, page)
      return page
    },
  }
  const others = Object.entries(view as unknown as Record<string, (...given: unknown[]) => unknown>).map(([name, ask]) => [name, (...given: unknown[]) => {
    recording.lose()
    return ask(...given)
  }] as const)
  const recorded = { ...Object.fromEntries(others), ...followed } as unknown as ReadView
  recordings.set(recorded, { recording, view })
  return recorded
}

/** Says that what was made of this view's rows is so up to an instant and no longer. */
export function holdsUntil(view: ReadView, atMs: number): void {
  const recording = recordings.get(view)?.recording
  if (recording !== undefined && atMs < recording.until) recording.until = atMs
}

/** The view that is not recorded, for what an answer may show as it was a moment ago (`holdsUntil` says how long); the view itself where nothing is. */
export function unrecorded(view: ReadView): ReadView {
  return recordings.get(view)?.view ?? view
}
