import { checkLimit, invalid } from '@careledger/data-kit'
import type { Leaf, OutboxRow, Projection, ReadView } from '@careledger/data-spec'
import { copyEntry } from './apply-write.ts'
import { joined, sortable, type InMemoryDatabase, type StoredLeaf } from './in-memory-database.ts'

/** A view of commit `at`. `check` throws when the view may no longer be used. */
export function createView(database: InMemoryDatabase, at: number, check: () => void): ReadView {
  const entry = (id: string) => {
    const stored = database.entries.get(id, at)
    return stored === undefined ? undefined : copyEntry(stored.entry)
  }
  const projection = (table: string, key: string): Projection | undefined => copyProjection(database.projections.get(joined(table, key), at))

  const view: ReadView = {
    async entry(id) { return entry(id) },
    async entries(ids) {
      checkCount(ids)
      return ids.map(entry)
    },
    async projection(table, key) { return projection(table, key) },
    async projections(table, keys) {
      checkCount(keys)
      return keys.map((key) => projection(table, key))
    },
    async find({ table, index, equals, after, limit, newestFirst }) {
      checkLimit(limit)
      if ((index === undefined) !== (equals === undefined)) throw invalid('find takes index and equals, or neither.')
      const prefix = joined(...(index === undefined ? [table, ''] : [table, index, equals as string, '']))
      const found: Iterable<readonly [string, unknown]> = index === undefined ? database.projections.range({ prefix, after, newestFirst, at }) : database.indexes.range({ prefix, after, newestFirst, at })
      const keys = take(found, limit + 1).map(([key]) => key.slice(prefix.length))
      const page = keys.slice(0, limit)
      return { rows: page.map((key) => projection(table, key) as Projection), ...next(page.at(-1), keys.length > limit) }
    },
    async decisions({ about, after, limit, newestFirst }) {
      checkLimit(limit)
      const prefix = about === undefined ? '' : joined(about, '')
      const found: Iterable<readonly [string, unknown]> = about === undefined ? database.decisions.range({ prefix, after, newestFirst, at }) : database.decisionsAbout.range({ prefix, after, newestFirst, at })
      const ids = take(found, limit + 1).map(([key]) => key.slice(prefix.length))
      const rows = ids.slice(0, limit).flatMap((id) => database.decisions.get(id, at) ?? []).map((row) => ({ ...row, bytes: row.bytes.slice() }))
      return { rows, ...next(rows.at(-1)?.id, ids.length > limit) }
    },
    async leafOf(log, entryId) {
      const leaf = database.leafOfEntry.get(entryId, at)
      return leaf?.log === log ? toLeaf(leaf) : undefined
    },
    async leaves(log, { from, limit }) {
      checkLimit(limit, 10_000)
      const after = from > 0 ? sortable(from - 1) : undefined
      return take(database.leaves.range({ prefix: joined(log, ''), after, at }), limit).map(([, leaf]) => toLeaf(leaf))
    },
    async chainLeaves(log, chain, { from, limit }) {
      checkLimit(limit)
      const after = from > 0 ? sortable(from - 1) : undefined
      return take(database.leavesOfChain.range({ prefix: joined(log, chain, ''), after, at }), limit).map(([, leaf]) => toLeaf(leaf))
    },
    async tiles(log, paths) {
      checkCount(paths)
      return paths.map((path) => database.tiles.get(joined(log, path), at)?.slice())
    },
    async tilePaths(log, { after, limit }) {
      checkLimit(limit)
      const prefix = joined(log, '')
      return take(database.tiles.range({ prefix, after, at }), limit).map(([key]) => key.slice(prefix.length))
    },
    async treeState(log) {
      const tree = database.trees.get(log, at)
      return { size: tree?.size ?? 0, frontier: (tree?.frontier ?? []).map((hash) => hash.slice()) }
    },
    async checkpoint(log, size) {
      if (size !== undefined) return database.checkpoints.get(joined(log, sortable(size)), at)
      return take(database.checkpoints.range({ prefix: joined(log, ''), newestFirst: true, at }), 1)[0]?.[1]
    },
    async checkpoints(log, { after, limit }) {
      checkLimit(limit)
      return take(database.checkpoints.range({ prefix: joined(log, ''), after: after === undefined ? undefined : sortable(after), at }), limit).map(([, checkpoint]) => checkpoint)
    },
    async unsequenced({ after, limit }) {
      checkLimit(limit, 10_000)
      const found = take(database.waiting.range({ prefix: '', after: after === undefined ? undefined : sortable(after), at }), limit)
      return found.flatMap(([, id]) => database.entries.get(id, at) ?? []).map(({ arrival, entry: stored }) => ({ arrival, entry: copyEntry(stored) }))
    },
    async outboxOf(itemId) {
      return take(database.outbox.range({ prefix: joined(itemId, ''), at }), 1_000).map(([, placed]) => copyRow(placed.row))
    },
    async outboxByRecord(target, recordId) {
      const key = database.outboxByRecord.get(joined(target, recordId), at)
      const placed = key === undefined ? undefined : database.outbox.get(key, at)
      return placed === undefined ? undefined : copyRow(placed.row)
    },
    async outboxRows({ target, state, after, limit }) {
      checkLimit(limit)
      const fits = (row: OutboxRow): boolean => (target === undefined || row.target === target) && (state === undefined || row.state === state)
      const found: { readonly row: OutboxRow; readonly position: number }[] = []
      for (const [, key] of database.outboxByPosition.range({ prefix: '', after, at })) {
        const placed = database.outbox.get(key, at)
        if (placed !== undefined && fits(placed.row)) found.push(placed)
        if (found.length > limit) break
      }
      const page = found.slice(0, limit)
      return { rows: page.map(({ row }) => copyRow(row)), ...next(sortable(page.at(-1)?.position ?? 0), found.length > limit) }
    },
    async outboxSummary() {
      return take(database.outboxCounts.range({ prefix: '', at }), Infinity).filter(([, { count }]) => count > 0).map(([, { target, state, count }]) => {
        const first = state === 'final' ? undefined : take(database.outboxByState.range({ prefix: joined(target, state, ''), at }), 1)[0]
        const oldest = first === undefined ? undefined : database.outbox.get(first[1], at)?.row.createdAt
        return { target, state, count, ...(oldest === undefined ? {} : { oldest }) }
      })
    },
  }
  return guarded(view, check)
}

/** The same view, each of whose calls first asks `check`. */
function guarded(view: ReadView, check: () => void): ReadView {
  const calls = Object.entries(view).map(([name, call]: [string, (...values: unknown[]) => Promise<unknown>]) => [name, async (...values: unknown[]) => {
    check()
    return call(...values)
  }])
  return Object.fromEntries(calls) as unknown as ReadView
}

function checkCount(list: readonly string[]): void {
  if (list.length > 1_000) throw invalid('At most 1,000 can be asked for in one call.')
}

function take<T>(items: Iterable<T>, limit: number): readonly T[] {
  const taken: T[] = []
  for (const item of items) {
    taken.push(item)
    if (taken.length >= limit) break
  }
  return taken
}

function next(last: string | undefined, more: boolean): { readonly next?: string } {
  return more && last !== undefined ? { next: last } : {}
}

function toLeaf({ id, index, leafInput, chain, chainSequence }: StoredLeaf): Leaf {
  return { id, index, leafInput: leafInput.slice(), chain, chainSequence }
}

function copyProjection(row: Projection | undefined): Projection | undefined {
  return row === undefined ? undefined : { ...row, value: row.value.slice(), indexes: { ...row.indexes } }
}

export function copyRow(row: OutboxRow): OutboxRow {
  return { ...row, ...(row.data === undefined ? {} : { data: row.data.slice() }) }
}
