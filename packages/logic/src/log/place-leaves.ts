import type { WaitingEntry } from '@careledger/data-spec'
import { leafHash, leafInput } from '@careledger/proof'

export interface ChainHead {
  readonly sequence: number
  readonly leafHash: Uint8Array
}
/** A leaf ready for `assign`. */
export interface NewLeaf {
  readonly id: string
  readonly network: string
  readonly chain: string
  readonly chainSequence: number
  readonly leafInput: Uint8Array
  readonly leafHash: Uint8Array
}

/** Gives each entry its place in its chain, in the order given; several of one chain follow each other. */
export function placeLeaves(waiting: readonly WaitingEntry[], heads: ReadonlyMap<string, ChainHead>): readonly NewLeaf[] {
  const current = new Map(heads)
  return waiting.map(({ id, network, chain, entryHash, signatureHash }) => {
    const head = current.get(chain)
    const chainSequence = head === undefined ? 0 : head.sequence + 1
    const input = leafInput({ entryHash, signatureHash, chainSequence, chainPrevious: head?.leafHash })
    const hash = leafHash(input)
    current.set(chain, { sequence: chainSequence, leafHash: hash })
    return { id, network, chain, chainSequence, leafInput: input, leafHash: hash }
  })
}
