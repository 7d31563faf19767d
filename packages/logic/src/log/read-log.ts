import { consistencyPath, levelWidth, TILE_WIDTH, toBase64url } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { tilesOf } from './stored-tiles.ts'

/** The newest signed checkpoint; `undefined` while the log is empty. */
export async function newestCheckpoint(parts: Parts): Promise<{ readonly size: number; readonly note: string } | undefined> {
  return parts.store.read((view) => view.checkpoint(parts.log.origin))
}

/** RFC 9162 consistency path between two sizes, base64url. Errors: INPUT_MALFORMED when `from` is larger than `to`, or `to` than the tree. */
export async function readConsistency(parts: Parts, from: number, to: number): Promise<readonly string[]> {
  const { origin } = parts.log
  return parts.store.read(async (view) => {
    const { size } = await view.treeState(origin)
    if (from > to || to > size) throw new LogicError('INPUT_MALFORMED', 'The log has no such states.', { details: { from, to, size } })
    return (await consistencyPath(from, to, tilesOf(view, origin, size))).map(toBase64url)
  })
}

/**
 * Bytes of a tile by level, index and width (1..256), for readers of the public log; `undefined` when the tree does not have that many
 * hashes there.
 */
export async function readTile(parts: Parts, tile: { readonly level: number; readonly index: number; readonly width: number }): Promise<Uint8Array | undefined> {
  const { origin } = parts.log
  return parts.store.read(async (view) => {
    const { size } = await view.treeState(origin)
    if (tile.index * TILE_WIDTH + tile.width > levelWidth(tile.level, size)) return undefined
    const [bytes] = await tilesOf(view, origin, size)([tile])
    return bytes === undefined || bytes.length < tile.width * 32 ? undefined : bytes.subarray(0, tile.width * 32)
  })
}
