import { equalBytes } from './bytes.ts'
import { sha256 } from './hash.ts'

/** Root of the empty tree: SHA-256 of nothing (RFC 9162 §2.1.1). */
export const emptyRoot = (): Uint8Array => sha256(new Uint8Array(0))

const nodeBytes = new Uint8Array(65)
nodeBytes[0] = 1

/** `SHA-256(0x01 || left || right)` (RFC 9162 §2.1.1); both of 32 bytes. */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  nodeBytes.set(left, 1)
  nodeBytes.set(right, 33)
  return sha256(nodeBytes)
}

/** Root over leaf hashes, in memory; for batches and tests. */
export const merkleRoot = (leafHashes: readonly Uint8Array[]): Uint8Array => {
  const levels = merkleLevels(leafHashes)
  return levels.at(-1)![0] ?? emptyRoot()
}

/** Root and every leaf's audit path, in memory; for batches. */
export const merklePaths = (leafHashes: readonly Uint8Array[]): { readonly root: Uint8Array; readonly paths: readonly (readonly Uint8Array[])[] } => {
  const levels = merkleLevels(leafHashes)
  const paths = leafHashes.map((_, leaf) => {
    const path: Uint8Array[] = []
    let index = leaf
    for (const level of levels.slice(0, -1)) {
      const sibling = level[index ^ 1]
      if (sibling !== undefined) path.push(sibling)
      index >>= 1
    }
    return path
  })
  return { root: levels.at(-1)![0] ?? emptyRoot(), paths }
}

/** A node without a sibling rises unchanged: that gives the same tree as RFC 9162's split at the largest power of two. */
const merkleLevels = (leafHashes: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] => {
  const levels: Uint8Array[][] = [[...leafHashes]]
  for (let level = levels[0]!; level.length > 1; level = levels.at(-1)!) {
    const next: Uint8Array[] = []
    for (let index = 0; index < level.length; index += 2) {
      const right = level[index + 1]
      next.push(right === undefined ? level[index]! : nodeHash(level[index]!, right))
    }
    levels.push(next)
  }
  return levels
}

/** A leaf and its way up. `index` from 0, `size` the number of leaves; `path` leaf side first. */
export interface Inclusion {
  readonly leafHash: Uint8Array
  readonly index: number
  readonly size: number
  readonly path: readonly Uint8Array[]
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** The root that an inclusion path leads to (RFC 9162 §2.1.3.2); `undefined` when the path cannot be one of this index and size. */
export const rootFromInclusion = (inclusion: Inclusion): Uint8Array | undefined => {
  const { index, size, path } = inclusion
  if (!isCount(index) || !isCount(size) || index >= size || inclusion.leafHash.length !== 32) return undefined
  let place = index
  let last = size - 1
  let hash = inclusion.leafHash
  for (const sibling of path) {
    if (last === 0 || sibling.length !== 32) return undefined
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(sibling, hash)
      while (place % 2 === 0 && place !== 0) {
        place /= 2
        last = Math.floor(last / 2)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? hash : undefined
}

/** Whether the leaf stands at that index in the tree with that root. */
export const verifyInclusion = (inclusion: Inclusion & { readonly root: Uint8Array }): boolean => {
  const root = rootFromInclusion(inclusion)
  return root !== undefined && equalBytes(root, inclusion.root)
}

/** Two states of one tree. */
export interface Consistency {
  readonly from: number
  readonly fromRoot: Uint8Array
  readonly to: number
  readonly toRoot: Uint8Array
  readonly path: readonly Uint8Array[]
}

/**
 * Whether the larger tree extends the smaller (RFC 9162 §2.1.4.2). Equal sizes need equal roots and an empty path; the empty tree is
 * extended by every tree, with an empty path.
 */
export const verifyConsistency = (consistency: Consistency): boolean => {
  const { from, fromRoot, to, toRoot, path } = consistency
  if (!isCount(from) || !isCount(to) || from > to || path.some((hash) => hash.length !== 32)) return false
  if (from === 0 && !equalBytes(fromRoot, emptyRoot())) return false
  if (from === to) return path.length === 0 && equalBytes(fromRoot, toRoot)
  if (from === 0) return path.length === 0
  const hashes = isPowerOfTwo(from) ? [fromRoot, ...path] : path
  const start = hashes[0]
  if (start === undefined) return false
  let place = from - 1
  let last = to - 1
  while (place % 2 === 1) {
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  let smaller = start
  let larger = start
  for (const hash of hashes.slice(1)) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      smaller = nodeHash(hash, smaller)
      larger = nodeHash(hash, larger)
      while (place % 2 === 0 && place !== 0) {
        place /= 2
        last = Math.floor(last / 2)
      }
    } else {
      larger = nodeHash(larger, hash)
    }
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equalBytes(smaller, fromRoot) && equalBytes(larger, toRoot)
}

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value))

