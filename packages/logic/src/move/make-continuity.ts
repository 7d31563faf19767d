import { checkpointRecordId, consistencyPath, continuityBytes, fromUtf8, toBase64url, toHex } from '@careledger/proof'
import { readAnchored } from '../log/anchored-row.ts'
import { tilesOf } from '../log/stored-tiles.ts'
import type { Parts } from '../parts.ts'
import { readRoutes, standingLegs } from '../routes/routes.ts'
import type { Move } from './move-row.ts'

/**
 * The continuity file of a move: the newest checkpoint that is final on the ledger that was left (or is kept), the newest on the new one, and
 * the proof that the log only grew in between. `undefined`: the one had no checkpoint. `later`: the new one has none as new yet.
 */
export async function makeContinuity(parts: Parts, move: Move): Promise<string | 'later' | undefined> {
  const { origin } = parts.log
  return parts.store.read(async (view) => {
    const routes = await readRoutes(parts, view)
    const left = move.from ?? standingLegs(routes, move.network).find(({ target }) => target !== move.to)?.target
    if (left === undefined) return undefined
    const [from, to, tree] = await Promise.all([readAnchored(view, left), readAnchored(view, move.to), view.treeState(origin)])
    if (from === undefined || from.size === 0) return undefined
    if (to === undefined || to.size < from.size) return 'later'
    const ends = await Promise.all([{ name: left, size: from.size }, { name: move.to, size: to.size }].map(async ({ name, size }) => {
      const checkpoint = await view.checkpoint(origin, size)
      const known = routes.ledgers[name]
      return checkpoint === undefined || known === undefined ? undefined : { ledger: name, kind: known.kind, ledgerId: known.ledgerId, id: toHex(checkpointRecordId(origin, size)), checkpoint: checkpoint.note }
    }))
    const [fromEnd, toEnd] = ends
    if (fromEnd === undefined || toEnd === undefined) return 'later'
    const path = (await consistencyPath(from.size, to.size, tilesOf(view, origin, tree.size))).map(toBase64url)
    return fromUtf8(continuityBytes({ format: 'careledger-continuity/1', network: move.network, from: fromEnd, to: toEnd, path }))
  })
}
