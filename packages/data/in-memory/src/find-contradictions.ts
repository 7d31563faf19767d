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
  return [...found, ...wrongCounts(database)].slice(0, 10_000)
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
