import { cancelMove, grantMember, listMembers, pauseMove, planMove, readMove, readMoves, resumeMove, revokeMember, startMove, type LedgerOverview, type Move, type MoveRequest, type Parts } from '@careledger/logic'
import type { z } from 'zod'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import { implement, type OperationsOf } from '../operation.ts'
import { toProblem } from '../to-problem.ts'

const { moves, membership } = contracts.platform
type LedgerOutput = z.input<typeof contracts.platform.overview.output>['ledgers'][number]
type MoveOutput = z.input<typeof moves.read.output>['move']

/** Moving networks between ledgers. */
export const moveOperations = {
  list: implement(moves.list, async ({ parts }, query) => ({ items: await withWaiting(parts, await parts.store.read((view) => readMoves(view, query))) })),
  read: implement(moves.read, async ({ parts }, { id }) => {
    const move = await parts.store.read((view) => readMove(view, id))
    if (move === undefined) throw new Problem('INPUT_MALFORMED', 'There is no such move.')
    return { move: await toOutput(parts, move), ...(move.continuity === undefined ? {} : { continuity: move.continuity }) }
  }),
  plan: implement(moves.plan, async ({ parts }, request) => {
    const { from, problems, ...plan } = await planMove(parts, request)
    return { ...plan, problems: [...problems], ...(from === undefined ? {} : { from }) }
  }),
  start: implement(moves.start, async ({ parts }, request: MoveRequest) => ({ move: await toOutput(parts, await startMove(parts, request)) })),
  pause: implement(moves.pause, async ({ parts }, { id }) => ({ move: await toOutput(parts, await pauseMove(parts, id)) })),
  resume: implement(moves.resume, async ({ parts }, { id }) => ({ move: await toOutput(parts, await resumeMove(parts, id)) })),
  cancel: implement(moves.cancel, async ({ parts }, { id }) => ({ move: await toOutput(parts, await cancelMove(parts, id)) })),
} satisfies OperationsOf<typeof moves>

/** Who may use the ledgers' streams. A ledger's own words travel: by its port they hold no data, and the operator needs them. */
export const membershipOperations = {
  list: implement(membership.list, async ({ parts }, { ledger }) => {
    const { supported, streams } = await told(listMembers(parts, ledger))
    return { supported, streams: streams.map(({ stream, members }) => ({ stream, members: members.map((member) => ({ ...member })) })) }
  }),
  grant: implement(membership.grant, async ({ parts }, change) => {
    await told(grantMember(parts, change))
    return {}
  }),
  revoke: implement(membership.revoke, async ({ parts }, change) => {
    await told(revokeMember(parts, change))
    return {}
  }),
} satisfies OperationsOf<typeof membership>

async function told<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    const { name, code, message } = error as { name?: string; code?: string; message?: string }
    if (name !== 'LedgerError') throw error
    const known = toProblem(error).code
    throw new Problem(known === 'INTERNAL' ? 'INPUT_MALFORMED' : known, `${message ?? ''} (${code ?? ''})`, { cause: error, details: { problems: [{ path: 'ledger', code, message }] } })
  }
}

export function toLedgerOutput(ledger: LedgerOverview): LedgerOutput {
  const { name, kind, ledgerId, capabilities, append, finalWithinMs, networks, health, measures, anchoredSize, outbox, oldestNotFinal } = ledger
  const { heightSince, finalMs, cost, minutes } = measures
  return {
    name, kind, ledgerId, append, finalWithinMs, networks: networks.map((one) => ({ ...one })), capabilities: [...capabilities], outbox: { ...outbox }, minutes: [...minutes],
    health: {
      ok: health.ok, problems: health.problems.map(({ code, message }) => ({ code, message })),
      ...(health.height === undefined ? {} : { height: String(health.height) }), ...(health.finalHeight === undefined ? {} : { finalHeight: String(health.finalHeight) }),
    },
    ...(heightSince === undefined ? {} : { heightSince: heightSince.toISOString() }),
    ...(anchoredSize === undefined ? {} : { anchoredSize }),
    ...(oldestNotFinal === undefined ? {} : { oldestNotFinal: oldestNotFinal.toISOString() }),
    ...(finalMs === undefined ? {} : { finalMs: { ...finalMs } }),
    ...(cost === undefined ? {} : { cost: { unit: cost.unit, per1000: String(cost.per1000) } }),
  }
}

async function toOutput(parts: Parts, move: Move): Promise<MoveOutput> {
  return (await withWaiting(parts, [move]))[0] as MoveOutput
}

async function withWaiting(parts: Parts, found: readonly Move[]): Promise<MoveOutput[]> {
  const summary = await parts.store.read((view) => view.outboxSummary())
  return found.map((move) => {
    const { id, network, from, to, way, state, paused, startedAt, endedAt, start, next, copied, checked, end, switchedAt, findings, findingsTotal, problem, continuity } = move
    return {
      id, network, to, way, state, paused, startedAt, looked: next, copied, checked, switched: end !== undefined, findings: findings.map((one) => ({ ...one })), findingsTotal, proven: continuity !== undefined,
      waiting: summary.reduce((sum, row) => (row.target === to && (row.state === 'waiting' || row.state === 'sent') ? sum + row.count : sum), 0),
      ...(from === undefined ? {} : { from }), ...(endedAt === undefined ? {} : { endedAt }), ...(start === undefined ? {} : { total: start }), ...(switchedAt === undefined ? {} : { switchedAt }), ...(problem === undefined ? {} : { problem }),
    }
  })
}
