import { checkLedger } from '../log/check-ledger.ts'
import { readAnchored } from '../log/anchored-row.ts'
import { checkpointRows } from '../log/sign-checkpoint.ts'
import { isLogicError } from '../logic-error.ts'
import type { LedgerTarget, Parts } from '../parts.ts'
import { copyPage } from './copy-page.ts'
import { switchOver } from './control-move.ts'
import { makeContinuity } from './make-continuity.ts'
import { putMove, readMove, type Move, type StoredMove } from './move-row.ts'
import { openRowsBelow } from './open-rows.ts'
import { readBack, readBackTail } from './read-back.ts'

/** Rows on their way to the new ledger at which no more are handed over for now. */
const aheadMax = 4096

/**
 * Takes a move one step further, and gives whether something was done; otherwise it waits for a ledger or a person. Every step may be repeated,
 * by any process, after a crash anywhere. Errors: STORE_STALE when an operator or another process changed the move meanwhile, those of
 * store and new ledger; the next step goes on.
 */
export async function stepMove(parts: Parts, move: StoredMove, signal: AbortSignal): Promise<boolean> {
  if (move.paused || move.state === 'halted') return false
  const target = parts.targets.find(({ name }) => name === move.to)
  if (target === undefined) return problem(parts, move, `The ledger ${move.to} is not open. Name it in the configuration again, or cancel the move.`)
  switch (move.state) {
    case 'copying': return copy(parts, move)
    case 'settling': return settle(parts, move)
    case 'checking': return check(parts, move, target, signal)
    case 'closing': return close(parts, move, target)
    default: return false
  }
}

async function copy(parts: Parts, move: StoredMove): Promise<boolean> {
  const { start } = move
  if (start === undefined) {
    // Read after the route's commit: whatever was assigned under the former routes lies below.
    const { size } = await parts.store.read((view) => view.treeState(parts.log.origin))
    await putMove(parts, move, { start: size })
    return true
  }
  if (move.next >= start) {
    await putMove(parts, move, { state: 'settling' })
    return true
  }
  const summary = await parts.store.read((view) => view.outboxSummary())
  const ahead = summary.reduce((sum, row) => (row.target === move.to && (row.state === 'waiting' || row.state === 'sent') ? sum + row.count : sum), 0)
  if (move.way === 'indexed' && ahead >= aheadMax) return false
  const { next, copied } = await copyPage(parts, move, start)
  await putMove(parts, move, { next, copied: move.copied + copied })
  return true
}

async function settle(parts: Parts, move: StoredMove): Promise<boolean> {
  const mark = move.mark
  if (mark === undefined) {
    const { size } = await parts.store.read((view) => view.treeState(parts.log.origin))
    await putMove(parts, move, { mark: size, problem: undefined })
    return true
  }
  const state = await stateBelow(parts, move, mark)
  if (state === 'blocked') return problem(parts, move, `The ledger ${move.to} refused records; the outbox says why. Send them again, or cancel the move.`)
  if (state === 'waiting') return false
  await putMove(parts, move, { state: 'checking', checked: 0, problem: undefined })
  return true
}

/** What is still on its way below a size: entries, and a checkpoint that covers them, which is handed over where nothing else brings one. */
async function stateBelow(parts: Parts, { network, to }: Move, size: number): Promise<'waiting' | 'blocked' | undefined> {
  const { newest, anchored } = await parts.store.read(async (view) => ({ newest: await view.checkpoint(parts.log.origin), anchored: await readAnchored(view, to) }))
  if ((anchored?.size ?? 0) < size) {
    if (newest !== undefined && newest.size >= size) {
      await parts.store.outbox.add(checkpointRows(parts, [to], newest.size, newest.note))
      parts.notices.queued()
    }
    return (await openRowsBelow(parts, to, network, size)) === 'blocked' ? 'blocked' : 'waiting'
  }
  return openRowsBelow(parts, to, network, size)
}

/** Reads the new ledger back before anything rests on it. */
async function check(parts: Parts, move: StoredMove, target: LedgerTarget, signal: AbortSignal): Promise<boolean> {
  let current = move
  const onPage = async (checked: number): Promise<void> => {
    signal.throwIfAborted()
    // A pause or a cancellation changed the row: this fails with STORE_STALE and ends the reading.
    current = await putMove(parts, current, { checked })
  }
  try {
    await checkLedger(parts, target)
  } catch (error) {
    if (!isLogicError(error)) throw error
    await putMove(parts, current, { state: 'halted', problem: error.message })
    return true
  }
  const { checked, findings, findingsTotal } = await readBack(parts, target, move, move.mark as number, onPage)
  if (findingsTotal > 0) {
    await putMove(parts, current, { state: 'halted', checked, findings, findingsTotal, problem: `${findingsTotal} records are not on ${move.to} as they should be.` })
    return true
  }
  await putMove(parts, current, { checked })
  await switchOver(parts, move.id)
  return true
}

/** The last records of both ledgers become final; then the proof is made. The old ledger is waited for a while only: it may be why one moves. */
async function close(parts: Parts, move: StoredMove, target: LedgerTarget): Promise<boolean> {
  const end = move.end as number
  const late = parts.now().getTime() - new Date(move.switchedAt as string).getTime() > parts.settings.moveCloseMs
  if (move.from !== undefined && move.from !== move.to && !late && (await openRowsBelow(parts, move.from, move.network, end)) === 'waiting') return false
  const state = await stateBelow(parts, move, end)
  if (state === 'blocked') return problem(parts, move, `The ledger ${move.to} refused records; the outbox says why. Send them again.`)
  if (state === 'waiting') return false
  if (move.way === 'indexed') {
    const findings = await readBackTail(parts, target, move.network, move.mark as number, end)
    if (findings.length > 0) {
      await putMove(parts, move, { state: 'halted', findings: findings.slice(0, 100), findingsTotal: findings.length, problem: `${findings.length} records are not on ${move.to} as they should be.` })
      return true
    }
  }
  const continuity = await makeContinuity(parts, move)
  if (continuity === 'later') return false
  await putMove(parts, move, { state: 'done', continuity, problem: undefined, endedAt: parts.now().toISOString() })
  return true
}

async function problem(parts: Parts, move: StoredMove, words: string): Promise<boolean> {
  const now = await parts.store.read((view) => readMove(view, move.id))
  if (now?.version === move.version && move.problem !== words) await putMove(parts, move, { problem: words })
  return false
}
