import { emptyRoot, nodeHash } from './merkle.ts'
import { ProofError } from './proof-error.ts'

/** A tree by its right edge: the roots of its perfect subtrees, largest first, one for each set bit of `size`. */
export interface TreeState {
  readonly size: number
  readonly frontier: readonly Uint8Array[]
}

/** Root of a tree state; SHA-256 of nothing for the empty one. `TREE_INVALID` when frontier and size do not fit. */
export const rootOfFrontier = (state: TreeState): Uint8Array => {
  if (state.frontier.length !== countBits(state.size)) throw new ProofError('TREE_INVALID', 'The frontier does not fit the size of the tree.')
  let root: Uint8Array | undefined
  for (const subtree of state.frontier.toReversed()) root = root === undefined ? subtree : nodeHash(subtree, root)
  return root ?? emptyRoot()
}

/** The state after appending leaf hashes; costs about two hashes for each leaf and needs nothing but the state. */
export const appendLeaves = (state: TreeState, leafHashes: readonly Uint8Array[]): TreeState => {
  if (state.frontier.length !== countBits(state.size)) throw new ProofError('TREE_INVALID', 'The frontier does not fit the size of the tree.')
  const frontier = [...state.frontier]
  let size = state.size
  for (const leaf of leafHashes) {
    let hash = leaf
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) hash = nodeHash(frontier.pop()!, hash)
    frontier.push(hash)
    size++
  }
  return { size, frontier }
}

const countBits = (size: number): number => {
  let bits = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2
  return bits
}
