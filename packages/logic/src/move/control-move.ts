import { newEntryId } from '@careledger/proof'
import type { ReadView } from '@careledger/data-spec'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { openLegs, readRoutes, routesWrite, standingLegs, type Leg, type StoredRoutes } from '../routes/routes.ts'
import type { Way } from '../routes/way.ts'
import { isStoreError } from '../to-logic-error.ts'
import { isActive, moveWrite, readMove, readMoves, type Move, type StoredMove } from './move-row.ts'

/** What an operator asks for. */
export interface MoveRequest {
  readonly network: string
  readonly to: string
  /** Default: as the network is written now. */
  readonly way?: Way | undefined
  /** The ledger to leave; needed only where the network is on two. */
  readonly from?: string | undefined
  /** Adds the ledger and leaves none. */
  readonly keep?: boolean | undefined
}

/** What a request means on the routes as they are: which leg ends, and whether the new one is to be made. */
export interface ReadyMove {
  readonly routes: StoredRoutes
  readonly from: Leg | undefined
  readonly to: { readonly target: string; readonly way: Way }
  /** The network is on that ledger in that way already, as one of two. */
  readonly there: boolean
}

/** Most ledgers of one network, when nothing moves. */
const ledgersMax = 2

/**
 * What the request would do. Errors: INPUT_MALFORMED with what to ask for instead: unknown network or ledger, a move under way, two ledgers and
 * none named, a third ledger, nothing to do.
 */
export async function readyMove(parts: Parts, view: ReadView, request: MoveRequest): Promise<ReadyMove> {
  const { network, to, keep = false } = request
  const routes = await readRoutes(parts, view)
  const standing = standingLegs(routes, network)
  const names = standing.map(({ target }) => target).join(', ')
  if (standing.length === 0) throw refused(`The network ${network} is written to no ledger of its own. Networks that are: ${Object.keys(routes.networks).join(', ') || 'none'}.`, request)
  if (!parts.targets.some(({ name }) => name === to)) throw refused(`There is no ledger ${to}. Ledgers of this instance: ${parts.targets.map(({ name }) => name).join(', ')}.`, request)
  const [newest] = await readMoves(view, { network, limit: 1 })
  if (newest !== undefined && isActive(newest)) throw refused(`The network ${network} is moving to ${newest.to} already. Wait for its end, or cancel it.`, request)
  const from = keep ? undefined : fromLeg(standing, names, request)
  const way = request.way ?? (from ?? (standing[0] as Leg)).way
  const there = standing.some((leg) => leg.target === to && leg.way === way)
  if (there && (from === undefined || from.target === to)) throw refused(`The network ${network} is ${way} on ${to} already.`, request)
  if (!there && standing.length + 1 - (from === undefined ? 0 : 1) > ledgersMax) throw refused(`A network is on two ledgers at most; ${network} is on ${names}.`, request)
  return { routes, from, to: { target: to, way }, there }
}

function fromLeg(standing: readonly Leg[], names: string, request: MoveRequest): Leg {
  const found = request.from === undefined ? (standing.length === 1 ? standing[0] : undefined) : standing.find(({ target }) => target === request.from)
  if (found !== undefined) return found
  throw refused(request.from === undefined ? `The network ${request.network} is on ${names}. Say which of them it leaves.` : `The network ${request.network} is not on ${request.from}; it is on ${names}.`, request)
}

/** Begins a move: from its commit on, new entries go to the new ledger too. Errors: those of `readyMove`, and of the store. */
export async function startMove(parts: Parts, request: MoveRequest): Promise<Move> {
  return attempt(parts, async (view) => {
    const { routes, from, to, there } = await readyMove(parts, view, request)
    const move: Move = {
      id: newEntryId(parts.now()), network: request.network, from: from?.target, to: to.target, way: to.way, state: 'copying', paused: false,
      startedAt: parts.now().toISOString(), next: 0, copied: 0, checked: 0, findings: [], findingsTotal: 0,
    }
    const legs = there ? routes.networks[request.network] ?? [] : [...(routes.networks[request.network] ?? []), { target: to.target, way: to.way }]
    return { move, writes: [moveWrite(move, undefined), routesWrite(routes, { ...routes, networks: { ...routes.networks, [request.network]: legs } })] }
  })
}

/** Nothing more is handed over until it is resumed. Errors: INPUT_MALFORMED for a move that is over or unknown. */
export async function pauseMove(parts: Parts, id: string): Promise<Move> {
  return change(parts, id, (move) => ({ ...move, paused: true }))
}

/**
 * Goes on. A halted move is checked again: records that were lost are handed to the new ledger once more, altered ones are found again.
 * Errors: INPUT_MALFORMED.
 */
export async function resumeMove(parts: Parts, id: string): Promise<Move> {
  const move = await parts.store.read((view) => readMove(view, id))
  if (move?.state === 'halted') await offerAgain(parts, move)
  return change(parts, id, (found) => ({ ...found, paused: false, problem: undefined, ...(found.state === 'halted' ? { state: found.end === undefined ? 'settling' as const : 'closing' as const, findings: [], findingsTotal: 0 } : {}) }))
}

/** Rows whose record the ledger lost are put back to waiting, along the way that the outbox allows. */
async function offerAgain(parts: Parts, { to, findings }: Move): Promise<void> {
  for (const { what, item } of findings) {
    if (what !== 'lost') continue
    const [row] = (await parts.store.read((view) => view.outboxOf(item))).filter((candidate) => candidate.target === to)
    if (row === undefined || row.state !== 'final') continue
    await parts.store.outbox.settle(to, [{ item, state: 'blocked', reason: 'The ledger does not show the record any more.' }])
    await parts.store.outbox.settle(to, [{ item, state: 'waiting' }])
  }
  parts.notices.queued()
}

/**
 * Takes the new ledger away again: it gets no further records of this network, but for those that were handed over already. Possible until
 * the network stands on the new ledger. Errors: INPUT_MALFORMED afterwards.
 */
export async function cancelMove(parts: Parts, id: string): Promise<Move> {
  return attempt(parts, async (view) => {
    const move = await findActive(view, id)
    if (move.end !== undefined) throw over('The network stands on the new ledger already. Move it back instead.', id)
    const routes = await readRoutes(parts, view)
    const { size } = await view.treeState(parts.log.origin)
    const legs = (routes.networks[move.network] ?? []).map((leg) => (isCopyTo(leg, move) ? { ...leg, until: size } : leg))
    const next: Move = { ...move, state: 'cancelled', paused: false, problem: undefined, endedAt: parts.now().toISOString() }
    return { move: next, writes: [moveWrite(next, move.version), routesWrite(routes, { ...routes, networks: { ...routes.networks, [move.network]: legs } })] }
  })
}

/** The leg that a move is filling. */
export function isCopyTo(leg: Leg, move: Pick<Move, 'to' | 'way'>): boolean {
  return leg.target === move.to && leg.way === move.way && leg.from === undefined && leg.until === undefined
}

/** The network stands on the new ledger from now on; the one that is left gets what was sequenced before, and nothing after. */
export async function switchOver(parts: Parts, id: string): Promise<void> {
  await attempt(parts, async (view) => {
    const move = await findActive(view, id)
    const routes = await readRoutes(parts, view)
    const { size } = await view.treeState(parts.log.origin)
    const left = openLegs(routes, move.network).find((leg) => leg.target === move.from && leg.from !== undefined && !(leg.target === move.to && leg.way === move.way))
    const legs = (routes.networks[move.network] ?? []).map((leg) => (leg === left ? { ...leg, until: size } : isCopyTo(leg, move) ? { ...leg, from: 0 } : leg))
    const next: Move = { ...move, state: 'closing', end: size, switchedAt: parts.now().toISOString() }
    return { move: next, writes: [moveWrite(next, move.version), routesWrite(routes, { ...routes, networks: { ...routes.networks, [move.network]: legs } })] }
  })
}

async function change(parts: Parts, id: string, to: (move: StoredMove) => Move): Promise<Move> {
  return attempt(parts, async (view) => {
    const move = await findActive(view, id)
    const next = to(move)
    return { move: next, writes: [moveWrite(next, move.version)] }
  })
}

async function findActive(view: ReadView, id: string): Promise<StoredMove> {
  const move = await readMove(view, id)
  if (move === undefined || !isActive(move)) throw over('There is no such move under way.', id)
  return move
}

/** Reads, decides, writes; again when somebody was faster, at most 20 times. */
async function attempt(parts: Parts, body: (view: ReadView) => Promise<{ readonly move: Move; readonly writes: readonly ReturnType<typeof moveWrite | typeof routesWrite>[] }>): Promise<Move> {
  for (let tries = 1; ; tries++) {
    const { move, writes } = await parts.store.read(body)
    try {
      await parts.store.write({ projections: writes })
      return move
    } catch (error) {
      if (!isStoreError(error, 'STORE_STALE') || tries === 20) throw error
    }
  }
}

function refused(message: string, { network, to }: MoveRequest): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { details: { network, ledger: to, problems: [{ path: 'move', code: 'move-refused', message }] } })
}

function over(message: string, id: string): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { details: { move: id, problems: [{ path: 'id', code: 'move-over', message }] } })
}
