import type { OutboxState } from '@careledger/data-spec'
import { checkpointItemSize } from '../log/checkpoint-item.ts'
import { checkpointStream } from '../log/sign-checkpoint.ts'
import type { Parts } from '../parts.ts'

/** Beyond so many rows on their way nobody looks which they are: the queue is long, and that is the answer. */
const lookMax = 2000

/**
 * Whether a ledger still has something on its way of a network's entries, or of checkpoints, below a size of the log: `waiting` (or sent),
 * `blocked`, or nothing.
 */
export async function openRowsBelow(parts: Parts, target: string, network: string, size: number): Promise<'waiting' | 'blocked' | undefined> {
  const summary = await parts.store.read((view) => view.outboxSummary())
  const count = (state: OutboxState): number => summary.find((row) => row.target === target && row.state === state)?.count ?? 0
  if (count('waiting') + count('sent') > lookMax) return 'waiting'
  for (const state of ['sent', 'waiting'] as const) if (count(state) > 0 && (await anyBelow(parts, target, state, network, size))) return 'waiting'
  return count('blocked') > 0 && (await anyBelow(parts, target, 'blocked', network, size)) ? 'blocked' : undefined
}

async function anyBelow(parts: Parts, target: string, state: OutboxState, network: string, size: number): Promise<boolean> {
  const { origin } = parts.log
  for (let after: string | undefined; ; ) {
    const { found, next } = await parts.store.read(async (view) => {
      const page = await view.outboxRows({ target, state, after, limit: 500 })
      const places = await Promise.all(page.rows.map(async ({ item, stream }) => {
        if (stream === checkpointStream) return checkpointItemSize(origin, item)
        return stream === network ? (await view.leafOf(origin, item))?.index : undefined
      }))
      return { found: places.some((place, at) => place !== undefined && (page.rows[at]?.stream === checkpointStream ? place <= size : place < size)), next: page.next }
    })
    if (found) return true
    if (next === undefined) return false
    after = next
  }
}
