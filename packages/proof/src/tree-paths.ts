import { nodeHash } from './merkle.ts'
import { ProofError } from './proof-error.ts'
import { perfectRoot, storedTilePath, TILE_HEIGHT, TILE_WIDTH } from './tiles.ts'

/** A tile to read: at least its first `width` hashes. */
export interface TileRequest {
  readonly level: number
  readonly index: number
  readonly width: number
}
/** Gives the bytes of each tile asked for, in order, each with at least `32 * width` bytes; more is fine. Called once for each path. */
export type ReadTiles = (tiles: readonly TileRequest[]) => Promise<readonly (Uint8Array | undefined)[]>

/**
 * A `ReadTiles` over a store's rows. `storedSize` is the size of the stored tree in the same snapshot, at least the size that paths are
 * asked for.
 */
export const readStoredTiles =
  (storedSize: number, readRows: (paths: readonly string[]) => Promise<readonly (Uint8Array | undefined)[]>): ReadTiles =>
  (tiles) =>
    readRows(tiles.map(({ level, index }) => storedTilePath(level, index, storedSize)))

/** Leaves `from` (inclusive) to `to` (exclusive). */
interface Range {
  readonly from: number
  readonly to: number
}

/** The audit path of leaf `index` in the tree of `size` leaves (RFC 9162 §2.1.3.1), leaf side first. `TREE_INVALID` beyond the tree. */
export const inclusionPath = async (index: number, size: number, readTiles: ReadTiles): Promise<readonly Uint8Array[]> => {
  if (!(index >= 0 && index < size)) throw new ProofError('TREE_INVALID', 'The index is not in the tree.')
  const ranges: Range[] = []
  let tree: Range = { from: 0, to: size }
  while (tree.to - tree.from > 1) {
    const middle = tree.from + splitOf(tree.to - tree.from)
    const [left, right] = [{ from: tree.from, to: middle }, { from: middle, to: tree.to }]
    ranges.push(index < middle ? right : left)
    tree = index < middle ? left : right
  }
  return hashesOf(ranges.reverse(), readTiles)
}

/**
 * The consistency path from a tree of `from` leaves to one of `to` (RFC 9162 §2.1.4.1); empty when they are equal or `from` is 0.
 * `TREE_INVALID` when `from` is larger.
 */
export const consistencyPath = async (from: number, to: number, readTiles: ReadTiles): Promise<readonly Uint8Array[]> => {
  if (!(from >= 0 && from <= to)) throw new ProofError('TREE_INVALID', 'The former size is not in the tree.')
  if (from === 0 || from === to) return []
  const ranges: Range[] = []
  let tree: Range = { from: 0, to }
  let whole = true
  while (from !== tree.to) {
    const middle = tree.from + splitOf(tree.to - tree.from)
    const [left, right] = [{ from: tree.from, to: middle }, { from: middle, to: tree.to }]
    ranges.push(from <= middle ? right : left)
    whole = whole && from <= middle
    tree = from <= middle ? left : right
  }
  if (!whole) ranges.push(tree)
  return hashesOf(ranges.reverse(), readTiles)
}

/** Root of the tree of `size` leaves from tiles alone; for audits and for former sizes. */
export const treeRoot = async (size: number, readTiles: ReadTiles): Promise<Uint8Array> => {
  if (size < 1) throw new ProofError('TREE_INVALID', 'The tree is empty.')
  return (await hashesOf([{ from: 0, to: size }], readTiles))[0]!
}

/** Largest power of two below `width`. */
const splitOf = (width: number): number => {
  let split = 1
  while (split * 2 < width) split *= 2
  return split
}

/** A perfect subtree: `2^height` leaves from `from`. */
interface Subtree {
  readonly height: number
  readonly from: number
}

/** A range starts at a multiple of the largest power of two in it, so it splits into perfect subtrees from the left. */
const subtreesOf = (range: Range): readonly Subtree[] => {
  const subtrees: Subtree[] = []
  let from = range.from
  while (from < range.to) {
    let height = 0
    while (2 ** (height + 1) <= range.to - from) height++
    subtrees.push({ height, from })
    from += 2 ** height
  }
  return subtrees
}

/** Where a subtree's hashes stand: `count` hashes from `offset` in one tile. */
const placeOf = ({ height, from }: Subtree) => {
  const level = Math.floor(height / TILE_HEIGHT)
  const first = from / TILE_WIDTH ** level
  const index = Math.floor(first / TILE_WIDTH)
  const offset = first - index * TILE_WIDTH
  return { level, index, offset, count: 2 ** (height - level * TILE_HEIGHT) }
}

const hashesOf = async (ranges: readonly Range[], readTiles: ReadTiles): Promise<readonly Uint8Array[]> => {
  const wanted = ranges.map((range) => subtreesOf(range).map(placeOf))
  const requests = new Map<string, TileRequest>()
  for (const { level, index, offset, count } of wanted.flat()) {
    const name = `${level}/${index}`
    requests.set(name, { level, index, width: Math.max(offset + count, requests.get(name)?.width ?? 0) })
  }
  const tiles = [...requests.values()]
  const bytes = tiles.length === 0 ? [] : await readTiles(tiles)
  const byName = new Map(tiles.map((tile, at) => [`${tile.level}/${tile.index}`, checkTile(tile, bytes[at])]))
  return wanted.map((places) => {
    const roots = places.map(({ level, index, offset, count }) => perfectRoot(byName.get(`${level}/${index}`)!.subarray(offset * 32, (offset + count) * 32)))
    return roots.reduceRight((right, left) => nodeHash(left, right))
  })
}

const checkTile = (tile: TileRequest, bytes: Uint8Array | undefined): Uint8Array => {
  if (bytes === undefined || bytes.length < tile.width * 32) throw new ProofError('TREE_INVALID', `Tile ${tile.index} of level ${tile.level} is missing or too short.`)
  return bytes
}
