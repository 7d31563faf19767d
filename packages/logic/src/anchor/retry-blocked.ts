import type { Parts } from '../parts.ts'

/** Puts blocked rows of one ledger back to waiting; gives how many were blocked. Rows in another state stay as they are. At most 1,000. */
export async function retryBlocked(parts: Parts, target: string, items: readonly string[]): Promise<number> {
  const rows = await parts.store.read((view) => Promise.all([...new Set(items)].map((item) => view.outboxOf(item))))
  const blocked = rows.flat().filter((row) => row.target === target && row.state === 'blocked')
  if (blocked.length > 0) await parts.store.outbox.settle(target, blocked.map(({ item }) => ({ item, state: 'waiting' as const })))
  return blocked.length
}
