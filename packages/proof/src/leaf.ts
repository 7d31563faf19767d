import { u64 } from './bytes.ts'
import { sha256, taggedHash } from './hash.ts'
import { ProofError } from './proof-error.ts'

/** What the log binds to one index. */
export interface LeafParts {
  readonly entryHash: Uint8Array
  readonly signatureHash: Uint8Array
  /** Place in the entry's chain, from 0. */
  readonly chainSequence: number
  /** Leaf hash of the chain's former leaf; absent for the first, and only for it. */
  readonly chainPrevious?: Uint8Array | undefined
}

const leafPrefix = Uint8Array.of(0)

/** `H("leaf", entryHash, signatureHash, u64(chainSequence), chainPrevious)`, 32 bytes. */
export const leafInput = (parts: LeafParts): Uint8Array => {
  if ((parts.chainSequence === 0) !== (parts.chainPrevious === undefined)) throw new ProofError('TREE_INVALID', 'Only the first leaf of a chain has no former leaf.')
  return taggedHash('leaf', parts.entryHash, parts.signatureHash, u64(parts.chainSequence), parts.chainPrevious ?? new Uint8Array(0))
}

/** `SHA-256(0x00 || leafInput)`, 32 bytes (RFC 9162 §2.1.1). */
export const leafHash = (input: Uint8Array): Uint8Array => sha256(leafPrefix, input)
