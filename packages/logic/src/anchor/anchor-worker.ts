import type { OutboxRow } from '@careledger/data-spec'
import { randomUUID } from 'node:crypto'
import { isLogicError, type LogicError } from '../logic-error.ts'
import type { LedgerTarget, Parts } from '../parts.ts'
import { createLoop, type Loop } from '../log/loop.ts'
import { appendRows, reasonOf, type Settlement } from './append-rows.ts'
import { askFinality } from './ask-finality.ts'
import { byStream, cutRows } from './cut-rows.ts'
import { slowMsOf } from './ledger-health.ts'
import { settleRows } from './settle-rows.ts'

/** One ledger's worker: outbox → append → settle, until stopped. Any number may run on one store, in any process. */
export interface AnchorWorker {
  /** One round; gives how many rows it claimed. Errors: what ledger or store threw; the rows stay for the next round. */
  round(): Promise<number>
  start(): void
  /** Ends after the round under way; its appends are aborted and settled by whoever comes next. */
  stop(): Promise<void>
  status(): AnchorStatus
}

export interface AnchorStatus {
  readonly target: string
  /** `closed`: works. `open`: three rounds failed in a row; the next try waits. */
  readonly breaker: 'closed' | 'open'
  readonly failures: number
  /** Code and sentence of the newest failure; absent when the newest round worked. */
  readonly problem?: string | undefined
}

const failuresToOpen = 3
const backoffMinMs = 100
const idleMs = 250

/**
 * `ready` is awaited before the first round: the check that this log is not behind the ledger. `giveUp` hears of a LogicError: what the
 * worker found must stop the whole log.
 */
export function createAnchorWorker(parts: Parts, target: LedgerTarget, ready: () => Promise<void> = async () => {}, giveUp: (reason: LogicError) => void = () => {}): AnchorWorker {
  const holder = randomUUID()
  const abort = new AbortController()
  let failures = 0
  let problem: string | undefined
  let checked = false

  const round = async (): Promise<number> => {
    if (target.mayAppend !== undefined && !(await target.mayAppend())) return 0
    if (!checked) await ready()
    checked = true
    const { limits } = target.ledger.describe()
    const claimed = await parts.store.outbox.claim(target.name, {
      limit: limits.recordsMax, bytesMax: limits.appendBytesMax, recordBytes: limits.recordBytes, holder, forMs: parts.settings.outboxLeaseMs,
    })
    if (claimed.length > 0) await handle(parts, target, claimed, abort.signal)
    return claimed.length
  }

  const loop: Loop = createLoop(async () => {
    try {
      const count = await round()
      failures = 0
      problem = undefined
      return count > 0 ? 0 : idleMs
    } catch (error) {
      failures++
      problem = reasonOf(error)
      parts.meters(target.name).failed(parts.now())
      if (isLogicError(error)) giveUp(error)
      return Math.min(parts.settings.anchorBackoffMaxMs, backoffMinMs * 2 ** Math.min(failures, 16)) * (0.8 + 0.4 * Math.random())
    }
  })
  const forget = parts.notices.on('queued', () => {
    if (failures === 0) loop.wake()
  })

  return {
    round,
    start: loop.start,
    async stop() {
      forget()
      abort.abort()
      await loop.stop()
    },
    status: () => ({ target: target.name, breaker: failures >= failuresToOpen ? 'open' : 'closed', failures, problem }),
  }
}

async function handle(parts: Parts, target: LedgerTarget, claimed: readonly OutboxRow[], signal: AbortSignal): Promise<void> {
  const meter = parts.meters(target.name)
  const settled: Settlement[] = []
  const pending = new Set<string>()
  try {
    await askFinality(target.ledger, claimed.filter((row) => row.state === 'sent'), signal, settled, pending)
    for (const [stream, rows] of byStream(claimed.filter((row) => row.state === 'waiting'))) {
      for (const append of cutRows(rows, target.ledger.describe().limits)) await appendRows(target.ledger, stream, append, signal, settled, meter.appended)
    }
  } catch (error) {
    const reached = new Set(settled.map(({ item }) => item))
    const rest = claimed.filter((row) => !reached.has(row.item) && !pending.has(row.item))
    const reason = reasonOf(error)
    await settleRows(parts, target.name, [...settled, ...rest.map((row) => ({ item: row.item, state: row.state, receipt: row.receipt, reason }))])
    throw error
  }
  await settleRows(parts, target.name, settled)
  const final = new Set(settled.flatMap(({ item, state }) => (state === 'final' ? [item] : [])))
  const at = parts.now()
  meter.final(claimed.flatMap((row) => (final.has(row.item) ? [at.getTime() - row.createdAt.getTime()] : [])), slowMsOf(target.ledger), at)
}
