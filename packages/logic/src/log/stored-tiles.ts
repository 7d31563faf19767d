import type { ReadView } from '@careledger/data-spec'
import { readStoredTiles, type ReadTiles } from '@careledger/proof'

/** Tiles of the stored tree, all read in one round. `storedSize` is the tree's size in the same snapshot. */
export function tilesOf(view: ReadView, origin: string, storedSize: number): ReadTiles {
  return readStoredTiles(storedSize, (paths) => view.tiles(origin, paths))
}
