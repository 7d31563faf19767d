import { equalBytes } from '@careledger/proof'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { EvidenceError } from '../evidence-error.ts'
import { bytesOf, decodeRlp, encodeRlp, listOf, type Rlp } from './rlp.ts'

/**
 * The value at `key` in the Merkle Patricia trie with this root (yellow paper, appendix D), by the RLP of the nodes on the way, all of them
 * used. EvidenceError when they do not lead there.
 */
export function valueInTrie(root: Uint8Array, key: Uint8Array, nodes: readonly Uint8Array[]): Uint8Array {
  const nibbles = nibblesOf(key)
  let used = 0
  let reference: Rlp = root
  let depth = 0
  for (;;) {
    const node: readonly Rlp[] = listOf(resolve(reference))
    if (node.length === 17) {
      if (depth === nibbles.length) return value(node[16])
      reference = node[nibbles[depth] ?? 0] ?? new Uint8Array(0)
      depth += 1
    } else if (node.length === 2) {
      const { path, leaf } = readCompact(bytesOf(node[0]))
      if (path.some((nibble, index) => nibbles[depth + index] !== nibble)) throw elsewhere()
      depth += path.length
      if (leaf) {
        if (depth !== nibbles.length) throw elsewhere()
        return value(node[1])
      }
      if (path.length === 0) throw elsewhere()
      reference = node[1] ?? new Uint8Array(0)
    } else throw elsewhere()
  }

  /** A node by its hash, or one so short that it stands in its parent. */
  function resolve(at: Rlp): Rlp {
    if (!(at instanceof Uint8Array)) {
      if (encodeRlp(at).length >= 32) throw elsewhere()
      return at
    }
    const bytes = nodes[used]
    if (bytes === undefined || at.length !== 32 || !equalBytes(keccak_256(bytes), at)) throw elsewhere()
    used += 1
    return decodeRlp(bytes)
  }

  function value(item: Rlp | undefined): Uint8Array {
    if (used !== nodes.length) throw elsewhere()
    return bytesOf(item)
  }
}

/** Hex-prefix encoding (yellow paper, appendix C). */
function readCompact(bytes: Uint8Array): { readonly path: readonly number[]; readonly leaf: boolean } {
  const [flag = 4, second = 0, ...rest] = nibblesOf(bytes)
  if (flag > 3 || (flag % 2 === 0 && second !== 0)) throw elsewhere()
  return { path: flag % 2 === 0 ? rest : [second, ...rest], leaf: flag >= 2 }
}

function nibblesOf(bytes: Uint8Array): readonly number[] {
  return [...bytes].flatMap((byte) => [byte >> 4, byte & 15])
}

function elsewhere(): EvidenceError {
  return new EvidenceError('The trie nodes do not lead from the block to the receipt.')
}
