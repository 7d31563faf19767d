import type { Projection, ReadView } from '@careledger/data-spec'

/**
 * Plain rows that many writes look at (keys, subjects), kept with their versions. No decision rests on them alone: whoever uses one
 * guards its version in the same Write, and forgets it when the store says STORE_STALE.
 */
export interface KnownRows {
  /** One row, from memory or from `view`; `undefined`: there is none (never remembered). */
  read(view: () => Promise<ReadView>, table: string, key: string): Promise<Projection | undefined>
  forget(table: string, key: string): void
  /** Forgets everything. */
  clear(): void
}

/** Most rows kept; the oldest goes first. About 1 KiB each. */
const rowsMax = 20_000

export function createKnownRows(): KnownRows {
  const rows = new Map<string, Projection>()
  const nameOf = (table: string, key: string): string => `${table}\0${key}`
  return {
    async read(view, table, key) {
      const name = nameOf(table, key)
      const known = rows.get(name)
      if (known !== undefined) return known
      const row = await (await view()).projection(table, key)
      if (row === undefined) return undefined
      if (rows.size >= rowsMax) rows.delete(rows.keys().next().value as string)
      rows.set(name, row)
      return row
    },
    forget: (table, key) => void rows.delete(nameOf(table, key)),
    clear: () => rows.clear(),
  }
}
