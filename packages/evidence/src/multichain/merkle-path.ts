import { concat, equalBytes, sha256 } from '@careledger/proof'
import { EvidenceError } from '../evidence-error.ts'
import { readTransaction } from './transaction.ts'

export function doubleSha256(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes))
}

/** Root of the tree of a block's transactions that has `hash` as leaf `index`; `path` are the hashes beside the way, from the bottom. */
export function rootOf(hash: Uint8Array, index: number, path: readonly Uint8Array[]): Uint8Array {
  if (index >= 2 ** path.length) throw new EvidenceError('The path is not one of a block.')
  return path.reduce((below, beside, level) => parentOf(below, beside, Math.floor(index / 2 ** level) % 2 === 1), hash)
}

/**
 * Bitcoin's tree pairs an odd last node with itself, so a left node may have itself beside it, and a right one never (CVE-2012-2459); and
 * leaves are not marked, so what is hashed as a pair must not be a transaction (CVE-2017-12842).
 */
function parentOf(hash: Uint8Array, beside: Uint8Array, right: boolean): Uint8Array {
  if (right && equalBytes(hash, beside)) throw new EvidenceError('The path counts a transaction twice.')
  const pair = right ? concat(beside, hash) : concat(hash, beside)
  if (isTransaction(pair)) throw new EvidenceError('The path goes through a transaction.')
  return doubleSha256(pair)
}

function isTransaction(bytes: Uint8Array): boolean {
  try {
    readTransaction(bytes)
    return true
  } catch {
    return false
  }
}
