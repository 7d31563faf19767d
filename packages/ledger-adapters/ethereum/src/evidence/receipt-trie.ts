import { encodeRlp, getBytes, keccak256, toBeArray, type RlpStructuredData } from 'ethers'

/** A trie of values under the RLP of their places, as blocks keep their receipts (Ethereum yellow paper, appendix D). */
export interface IndexTrie {
  /** Hex with `0x`. */
  readonly root: string
  /** RLP of the nodes from the root to the value at `index`, hex with `0x`. */
  path(index: number): readonly string[]
}

interface Item {
  readonly nibbles: readonly number[]
  readonly value: string
}

/** `values` as hex with `0x`; at least one. */
export function createIndexTrie(values: readonly string[]): IndexTrie {
  const keys = values.map((_, index) => nibblesOf(encodeRlp(index === 0 ? '0x' : toBeArray(index))))
  const items = values.map((value, index): Item => ({ nibbles: keys[index] ?? [], value }))
  const root = encodeRlp(nodeOf(items, 0))
  return {
    root: keccak256(root),
    path(index) {
      const path: string[] = []
      const target = keys[index]
      if (target === undefined) throw new RangeError('There is no value at this index')
      collect(items, 0, target, path)
      return path
    },
  }
}

/** The node over all of `items`, which agree in their first `depth` nibbles. */
function nodeOf(items: readonly Item[], depth: number): RlpStructuredData {
  const [first] = items
  if (first === undefined) return '0x'
  if (items.length === 1) return [compact(first.nibbles.slice(depth), true), first.value]
  const shared = sharedNibbles(items, depth)
  if (shared > 0) return [compact(first.nibbles.slice(depth, depth + shared), false), referenceTo(nodeOf(items, depth + shared))]
  const branches = Array.from({ length: 16 }, (_, nibble) => referenceTo(nodeOf(below(items, depth, nibble), depth + 1)))
  return [...branches, items.find(({ nibbles }) => nibbles.length === depth)?.value ?? '0x']
}

/** A node shorter than a hash stands in its parent. */
function referenceTo(node: RlpStructuredData): RlpStructuredData {
  const encoded = encodeRlp(node)
  return node === '0x' || encoded.length < 2 + 64 ? node : keccak256(encoded)
}

/** The nodes that are stored under a hash of their own, from this one on to the target. */
function collect(items: readonly Item[], depth: number, target: readonly number[], path: string[]): void {
  const encoded = encodeRlp(nodeOf(items, depth))
  if (depth === 0 || encoded.length >= 2 + 64) path.push(encoded)
  if (items.length < 2) return
  const shared = sharedNibbles(items, depth)
  if (shared > 0) collect(items, depth + shared, target, path)
  else if (target.length > depth) collect(below(items, depth, target[depth] ?? 0), depth + 1, target, path)
}

function below(items: readonly Item[], depth: number, nibble: number): readonly Item[] {
  return items.filter(({ nibbles }) => nibbles[depth] === nibble)
}

function sharedNibbles(items: readonly Item[], depth: number): number {
  const [first, ...others] = items
  let shared = 0
  while (first !== undefined && depth + shared < first.nibbles.length && others.every(({ nibbles }) => nibbles[depth + shared] === first.nibbles[depth + shared])) shared += 1
  return shared
}

/** Hex-prefix encoding (yellow paper, appendix C). */
function compact(nibbles: readonly number[], leaf: boolean): string {
  const flag = leaf ? 2 : 0
  const whole = nibbles.length % 2 === 0 ? [flag, 0, ...nibbles] : [flag + 1, ...nibbles]
  return `0x${whole.map((nibble) => nibble.toString(16)).join('')}`
}

function nibblesOf(hex: string): readonly number[] {
  return [...getBytes(hex)].flatMap((byte) => [byte >> 4, byte & 15])
}
