import { compareTexts } from '@careledger/data-kit'
import type { CommitClock } from './commit-clock.ts'

interface Version<V> { readonly at: number; readonly value: V | undefined }

/** A sorted map that remembers what it held at each commit for as long as an open snapshot can ask. */
export interface VersionedMap<V> {
  /** The value at commit `at`; the newest when `at` is absent. */
  get(key: string, at?: number): V | undefined
  /** Takes part in the commit being made; `undefined` deletes. */
  set(key: string, value: V | undefined): void
  /** Pairs whose key begins with `prefix` (empty, or ending in U+0000) and comes after `after` (before it when `newestFirst`), in order of key. */
  range(query: { readonly prefix: string; readonly after?: string | undefined; readonly newestFirst?: boolean | undefined; readonly at?: number | undefined }): Generator<readonly [string, V]>
}

export function createVersionedMap<V>(clock: CommitClock): VersionedMap<V> {
  const rows = new Map<string, readonly Version<V>[]>()
  const keys: string[] = []

  const get = (key: string, at = Infinity): V | undefined => rows.get(key)?.findLast((version) => version.at <= at)?.value

  const set = (key: string, value: V | undefined): void => {
    const former = rows.get(key)
    if (former === undefined) {
      if (value === undefined) return
      keys.splice(position(keys, key), 0, key)
    }
    const seen = clock.oldest()
    const needed = (former ?? []).filter((version, index, all) => version.at !== clock.next && (version.at > seen || index === all.findLastIndex((one) => one.at <= seen)))
    rows.set(key, [...needed, { at: clock.next, value }])
    if (value === undefined) clock.later(clock.next, () => { forget(key) })
  }

  const forget = (key: string): void => {
    if (rows.get(key)?.at(-1)?.value !== undefined) return
    if (rows.delete(key)) keys.splice(position(keys, key), 1)
  }

  function* range({ prefix, after, newestFirst = false, at }: Parameters<VersionedMap<V>['range']>[0]): Generator<readonly [string, V]> {
    const step = newestFirst ? -1 : 1
    const end = (): number => (prefix === '' ? keys.length : position(keys, `${prefix.slice(0, -1)}\u0001`))
    let index = newestFirst ? (after === undefined ? end() : position(keys, prefix + after)) - 1 : position(keys, prefix + (after ?? ''))
    if (!newestFirst && after !== undefined && keys[index] === prefix + after) index += 1
    for (; keys[index]?.startsWith(prefix); index += step) {
      const key = keys[index] as string
      const value = get(key, at)
      if (value !== undefined) yield [key, value]
    }
  }

  return { get, set, range }
}

/** Where `key` stands in the sorted `keys`, or would stand. */
function position(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareTexts(keys[middle] as string, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
