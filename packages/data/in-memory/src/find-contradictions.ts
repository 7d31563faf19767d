import type { Contradiction } from '@careledger/data-spec'
import { joined, type InMemoryDatabase } from './in-memory-database.ts'

/** [check-1] */
export function findContradictions(database: InMemoryDatabase): readonly Contradiction[] {
  const found: Contradiction[] = []
  const indexed = new Set<string>()
  for (const [, row] of database.projections.range({ prefix: '' })) {
    for (const [name, value] of Object.entries(row.indexes)) indexed.add(joined(row.table, name, value, row.key))
  }
  for (const [key] of database.indexes.range({ prefix: '' })) if (!indexed.delete(key)) found.push({ kind: 'index', id: rowOf(key) })
  for (const key of indexed) found.push({ kind: 'index', id: rowOf(key) })
  const waiting = new Set([...database.waiting.range({ prefix: '' })].map(([, id]) => id))
  for (const [id] of database.entries.range({ prefix: '' })) {
    const hasIndex = database.leafOfEntry.get(id) !== undefined
    if (hasIndex === waiting.delete(id)) found.push({ kind: 'place', id })
  }
  for (const id of waiting) found.push({ kind: 'place', id })
  return [...found, ...wrongHeads(database), ...wrongCounts(database)].slice(0, 10_000)
}

function wrongHeads(database: InMemoryDatabase): readonly Contradiction[] {
  const found: Contradiction[] = []
  const heads = new Set<string>()
  const sizes = new Map<string, number>()
  for (const [key, leaf] of database.leaves.range({ prefix: '' })) {
    const log = key.split('\0')[0] as string
    heads.add(joined(log, leaf.chain, String(leaf.chainSequence)))
    sizes.set(log, Math.max(sizes.get(log) ?? 0, leaf.index + 1))
  }
  for (const [key, { sequence }] of database.heads.range({ prefix: '' })) {
    const [log, chain] = key.split('\0') as [string, string]
    if (!heads.has(joined(log, chain, String(sequence)))) found.push({ kind: 'head', id: chain })
  }
  for (const [log, { size }] of database.trees.range({ prefix: '' })) {
    if (size !== (sizes.get(log) ?? 0)) found.push({ kind: 'tree', id: log })
    sizes.delete(log)
  }
  for (const log of sizes.keys()) found.push({ kind: 'tree', id: log })
  return found
}

function rowOf(indexKey: string): string {
  const [table, , , key] = indexKey.split('\0')
  return `${table}/${key}`
}

function wrongCounts(database: InMemoryDatabase): readonly Contradiction[] {
  const counts = new Map<string, number>()
  for (const [, { row }] of database.outbox.range({ prefix: '' })) counts.set(`${row.target} ${row.state}`, (counts.get(`${row.target} ${row.state}`) ?? 0) + 1)
  for (const [, { target, state, count }] of database.outboxCounts.range({ prefix: '' })) counts.set(`${target} ${state}`, (counts.get(`${target} ${state}`) ?? 0) - count)
  return [...counts].filter(([, difference]) => difference !== 0).map(([id]) => ({ kind: 'count', id }))
}
