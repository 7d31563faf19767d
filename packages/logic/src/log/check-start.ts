import { equalBytes, jwkThumbprint, rootOfFrontier, treeRoot, verifyPinnedCheckpoint } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { logKeyTable } from './log-network.ts'
import { pinnedLogs } from './log-keys.ts'
import { tilesOf } from './stored-tiles.ts'

/**
 * Looks whether the stored log is whole, in O(log n): the tiles give the frontier's root, and the newest checkpoint, signed by this log's
 * key, is of this tree or of a smaller state of it. Errors: CORRUPTION with what contradicts what. `careledger audit` does the rest.
 */
export async function checkStart(parts: Parts): Promise<{ readonly size: number }> {
  const { origin, signer } = parts.log
  const replaced = await parts.store.read((view) => view.projection(logKeyTable, jwkThumbprint(signer.publicJwk)))
  if (replaced !== undefined) throw corrupt('This log has another key by now: keys/log.json holds a former one, which signs no more. Put the newest keys directory in its place.', {})
  const found = await parts.store.read(async (view) => {
    const [tree, newest] = await Promise.all([view.treeState(origin), view.checkpoint(origin)])
    const tiles = tilesOf(view, origin, tree.size)
    const rootOf = async (size: number): Promise<Uint8Array> => treeRoot(size, tiles).catch((cause: unknown) => Promise.reject(corrupt('A tile is missing or too short.', { size }, cause)))
    return { tree, newest, tileRoot: tree.size === 0 ? undefined : await rootOf(tree.size), formerRoot: newest === undefined || newest.size > tree.size ? undefined : await rootOf(newest.size) }
  })
  const { tree, newest, tileRoot, formerRoot } = found
  if (tileRoot !== undefined && !equalBytes(tileRoot, rootOfFrontier(tree))) throw corrupt('The tiles do not give the root of the frontier.', { size: tree.size })
  if (newest === undefined) return { size: tree.size }
  if (newest.size > tree.size) throw corrupt('The newest checkpoint is larger than the tree.', { size: tree.size, checkpoint: newest.size })
  const { checkpoint } = await verifyPinnedCheckpoint(newest.note, pinnedLogs(parts)).catch((cause: unknown) => Promise.reject(corrupt('The newest checkpoint is not signed by this log\'s key.', { checkpoint: newest.size }, cause)))
  if (formerRoot === undefined || !equalBytes(checkpoint.root, formerRoot)) throw corrupt('The tree is not an extension of the newest checkpoint.', { size: tree.size, checkpoint: newest.size })
  return { size: tree.size }
}

function corrupt(message: string, details: Readonly<Record<string, unknown>>, cause?: unknown): LogicError {
  return new LogicError('CORRUPTION', message, { cause, details })
}
