import type { Parts } from '../parts.ts'
import { healthOf } from '../anchor/ledger-health.ts'
import { networkOf } from './copy-page.ts'
import { readyMove, type MoveRequest } from './control-move.ts'
import type { Way } from '../routes/way.ts'

/** What a move would do, before anything is done. */
export interface MovePlan {
  readonly network: string
  readonly from?: string | undefined
  readonly to: string
  readonly way: Way
  readonly logSize: number
  /** Entries of the network in the log now, and how many of them would be handed to the new ledger. */
  readonly entries: number
  readonly toCopy: number
  /** Ledger transactions that those take at least. */
  readonly appends: number
  /** What the new ledger says is wrong with it now; empty when it is well. */
  readonly problems: readonly string[]
}

/** Walks the log once. Errors: those of `readyMove`. */
export async function planMove(parts: Parts, request: MoveRequest): Promise<MovePlan> {
  const { from, to, there, logSize } = await parts.store.read(async (view) => ({ ...(await readyMove(parts, view, request)), logSize: (await view.treeState(parts.log.origin)).size }))
  let entries = 0
  for (let next = 0; next < logSize; ) {
    const leaves = await parts.store.read((view) => view.leaves(parts.log.origin, { from: next, limit: Math.min(10_000, logSize - next) }))
    if (leaves.length === 0) break
    entries += leaves.filter(({ chain }) => networkOf(chain) === request.network).length
    next += leaves.length
  }
  const ledger = parts.targets.find(({ name }) => name === to.target)?.ledger
  const toCopy = to.way === 'indexed' && !there ? entries : 0
  const health = ledger === undefined ? undefined : await healthOf(ledger)
  return {
    network: request.network, from: from?.target, to: to.target, way: to.way, logSize, entries, toCopy,
    appends: Math.ceil(toCopy / (ledger?.describe().limits.recordsMax ?? 1)),
    problems: (health?.problems ?? []).map(({ code, message }) => `${code}: ${message}`),
  }
}
