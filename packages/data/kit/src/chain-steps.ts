import { StoreError } from '@careledger/data-spec'
import type { AssignBatch } from './check-assign.ts'

/** What one batch does to one chain: `first` must follow the stored head, `last` and `leafHash` become the new head. */
export interface ChainStep {
  readonly chain: string
  readonly first: number
  readonly last: number
  readonly leafHash: Uint8Array
}

/** One step for each chain of the batch, sorted by chain; STORE_CORRUPTION when a chain's own leaves do not follow one another. */
export function chainSteps(leaves: AssignBatch['leaves']): readonly ChainStep[] {
  const steps = new Map<string, ChainStep>()
  for (const { chain, chainSequence, leafHash } of leaves) {
    const step = steps.get(chain)
    if (step !== undefined && chainSequence !== step.last + 1) {
      throw new StoreError('STORE_CORRUPTION', 'The leaves of a chain do not follow one another.', { details: { chainSequence } })
    }
    steps.set(chain, { chain, first: step?.first ?? chainSequence, last: chainSequence, leafHash })
  }
  return [...steps.values()].sort((left, right) => (left.chain < right.chain ? -1 : 1))
}
