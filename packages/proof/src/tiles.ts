import { concat } from './bytes.ts'
import { nodeHash } from './merkle.ts'
import { ProofError } from './proof-error.ts'

/** Hashes in a full tile, and the heights of tree that one level of tiles spans (C2SP tlog-tiles). */
export const TILE_WIDTH = 256
export const TILE_HEIGHT = 8

/** A row of tile bytes: 32 bytes for each hash. */
export interface TileRow {
  readonly path: string
  readonly bytes: Uint8Array
}

/** The C2SP path `tile/<level>/<index>[.p/<width>]`; `level` may be `entries`. `width` 1..255 names a partial tile. */
export const tilePath = (level: number | 'entries', index: number, width?: number): string => {
  let rest = index
  let digits = threeDigits(rest % 1000)
  for (rest = Math.floor(rest / 1000); rest > 0; rest = Math.floor(rest / 1000)) digits = `x${threeDigits(rest % 1000)}/${digits}`
  return `tile/${level}/${digits}${width === undefined || width === TILE_WIDTH ? '' : `.p/${width}`}`
}

const threeDigits = (value: number): string => String(value).padStart(3, '0')

/** A tile as a C2SP path names it. */
export interface TileName {
  readonly level: number | 'entries'
  readonly index: number
  /** 1..256. */
  readonly width: number
}

const pathPattern = /^tile\/(\d{1,2}|entries)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/

/** Reads a C2SP tile path; `undefined` for any text that `tilePath` would not write. */
export const parseTilePath = (path: string): TileName | undefined => {
  const match = pathPattern.exec(path)
  if (match === null) return undefined
  const level = match[1] === 'entries' ? 'entries' : Number(match[1])
  const index = Number(match[2]!.replaceAll(/[x/]/g, ''))
  const width = match[3] === undefined ? TILE_WIDTH : Number(match[3])
  if (!Number.isSafeInteger(index) || (level !== 'entries' && level > 63)) return undefined
  return tilePath(level, index, width) === path && width > 0 && width <= TILE_WIDTH ? { level, index, width } : undefined
}

/** Where a store keeps the one partial tile at the right edge of a level: a row that is replaced, while full tiles never change. */
export const partialTilePath = (level: number): string => `partial/${level}`

/** Hashes that stand on a level of tiles in a tree of `size` leaves. */
export const levelWidth = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level)

/** The store's path of tile `index` in a tree of `size` leaves: its own when full, the level's partial row otherwise. */
export const storedTilePath = (level: number, index: number, size: number): string =>
  (index + 1) * TILE_WIDTH <= levelWidth(level, size) ? tilePath(level, index) : partialTilePath(level)

/** The partial rows to read before appending to a tree of `size` leaves. */
export const partialTilePaths = (size: number): readonly string[] => {
  const paths: string[] = []
  for (let level = 0; levelWidth(level, size) > 0; level++) if (levelWidth(level, size) % TILE_WIDTH !== 0) paths.push(partialTilePath(level))
  return paths
}

/**
 * The tile rows that appending changes: full tiles, new and final, and each changed level's partial row, which is empty when the level
 * ends on a full tile. `partial` gives the bytes of the partial row of a level that has one (`partialTilePaths`).
 * `TREE_INVALID` when those bytes do not fit `size`.
 */
export const tilesFor = (append: { readonly size: number; readonly partial: (level: number) => Uint8Array | undefined; readonly leafHashes: readonly Uint8Array[] }): readonly TileRow[] => {
  const rows: TileRow[] = []
  let added = append.leafHashes
  for (let level = 0; added.length > 0; level++) {
    const before = levelWidth(level, append.size)
    const hashes = concat(readPartial(append, level, before % TILE_WIDTH), ...added)
    const roots: Uint8Array[] = []
    let at = 0
    let index = Math.floor(before / TILE_WIDTH)
    for (; at + TILE_WIDTH * 32 <= hashes.length; at += TILE_WIDTH * 32, index++) {
      const bytes = hashes.slice(at, at + TILE_WIDTH * 32)
      rows.push({ path: tilePath(level, index), bytes })
      roots.push(perfectRoot(bytes))
    }
    rows.push({ path: partialTilePath(level), bytes: hashes.slice(at) })
    added = roots
  }
  return rows
}

const readPartial = (append: Parameters<typeof tilesFor>[0], level: number, width: number): Uint8Array => {
  if (width === 0) return new Uint8Array(0)
  const bytes = append.partial(level)
  if (bytes?.length !== width * 32) throw new ProofError('TREE_INVALID', `The partial tile of level ${level} does not fit the size of the tree.`)
  return bytes
}

/** Root of a perfect subtree whose lowest hashes stand joined in `bytes`; their number is a power of two. */
export const perfectRoot = (bytes: Uint8Array): Uint8Array => {
  let hashes: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 32) hashes.push(bytes.subarray(at, at + 32))
  while (hashes.length > 1) {
    const next: Uint8Array[] = []
    for (let index = 0; index < hashes.length; index += 2) next.push(nodeHash(hashes[index]!, hashes[index + 1]!))
    hashes = next
  }
  return hashes[0]!.slice()
}

/** The bytes of an entry bundle (`tile/entries/...`): for each leaf input `uint16(32) || leafInput`. */
export const entryBundle = (leafInputs: readonly Uint8Array[]): Uint8Array => concat(...leafInputs.flatMap((input) => [Uint8Array.of(0, 32), input]))

/** Tells that a stored row may be replaced. */
export const isPartialTilePath = (path: string): boolean => path.startsWith('partial/')

