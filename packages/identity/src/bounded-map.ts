/** A map of at most `limit` values that drops the one used longest ago. */
export interface BoundedMap<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): void
  delete(key: K): void
  deleteWhere(matches: (key: K) => boolean): void
  values(): Iterable<V>
  readonly size: number
}

export function createBoundedMap<K, V>(limit: number): BoundedMap<K, V> {
  const entries = new Map<K, V>()
  return {
    get size() {
      return entries.size
    },
    get(key) {
      const value = entries.get(key)
      // While half of it is free nothing is dropped soon, and the order need not be kept.
      if (value === undefined || entries.size * 2 < limit) return value
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > limit) entries.delete(entries.keys().next().value as K)
    },
    delete: (key) => void entries.delete(key),
    deleteWhere(matches) {
      for (const key of entries.keys()) if (matches(key)) entries.delete(key)
    },
    values: () => entries.values(),
  }
}
