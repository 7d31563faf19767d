import { readRow } from '../entries/rows.ts'
import type { Parts } from '../parts.ts'
import { decisionCoverTable, type DecisionCover } from './log-network.ts'
import { decisionTime } from './record-decisions.ts'

/**
 * By how many milliseconds this process's clock is behind the newest decision that the log covers; 0 when it is not. A decision made with
 * such a clock would stand where the log says there was none. Nothing else rests on a process's clock: order is the log's, leases are timed
 * by the store. Errors: those of the store.
 */
export async function clockBehind(parts: Pick<Parts, 'store' | 'now'>): Promise<number> {
  const cover = await parts.store.read((view) => view.projection(decisionCoverTable, 'newest'))
  if (cover === undefined) return 0
  return Math.max(0, decisionTime((readRow(cover) as unknown as DecisionCover).last) - parts.now().getTime())
}
