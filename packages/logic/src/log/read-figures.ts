import type { OutboxState } from '@careledger/data-spec'
import { readRow } from '../entries/rows.ts'
import type { Parts } from '../parts.ts'
import { decisionCoverTable, type DecisionCover } from './log-network.ts'
import { decisionTime } from './record-decisions.ts'

/** The numbers behind an operator's alarms, as of one snapshot of the store, in a few reads by index. */
export interface Figures {
  readonly logSize: number
  /** Entries without an index, counted up to 10,000. */
  readonly waiting: number
  /** Entries that the newest signed checkpoint does not have. */
  readonly checkpointBehind: number
  /** By target and state; age of the oldest row that is not final, in seconds. */
  readonly outbox: readonly { readonly target: string; readonly state: OutboxState; readonly count: number; readonly oldestSeconds?: number | undefined }[]
  /** Age of the oldest decision that no entry of the log covers, in seconds; 0 when all are covered. */
  readonly uncoveredSeconds: number
}

const waitingMax = 10_000

/** Errors: those of the store. */
export async function readFigures(parts: Parts): Promise<Figures> {
  const { origin } = parts.log
  const now = parts.now().getTime()
  const [found, waiting] = await Promise.all([
    parts.store.read(async (view) => {
      const [tree, checkpoint, summary, cover] = await Promise.all([view.treeState(origin), view.checkpoint(origin), view.outboxSummary(), view.projection(decisionCoverTable, 'newest')])
      const last = cover === undefined ? undefined : (readRow(cover) as unknown as DecisionCover).last
      const { rows: [oldest] } = await view.decisions({ after: last, limit: 1 })
      return { size: tree.size, checkpoint: checkpoint?.size ?? 0, summary, oldest: oldest?.id }
    }),
    parts.store.sequencer.waiting(origin, waitingMax),
  ])
  const ageOf = (time: number): number => Math.max(0, now - time) / 1000
  return {
    logSize: found.size,
    waiting: waiting.length,
    checkpointBehind: found.size - found.checkpoint,
    outbox: found.summary.map(({ target, state, count, oldest }) => ({ target, state, count, ...(oldest === undefined ? {} : { oldestSeconds: ageOf(oldest.getTime()) }) })),
    uncoveredSeconds: found.oldest === undefined ? 0 : ageOf(decisionTime(found.oldest)),
  }
}
