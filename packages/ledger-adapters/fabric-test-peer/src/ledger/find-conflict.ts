import { peer } from '@hyperledger/fabric-protos'
import type { ChannelState } from './channel-state.ts'
import type { DecodedReadWriteSet } from './decode-read-write-set.ts'
import { sameVersion } from './keyed-state.ts'
import type { RangeRead } from './simulator.ts'

const { MVCC_READ_CONFLICT, PHANTOM_READ_CONFLICT } = peer.TxValidationCode

/**
 * Whether what a transaction has read is still so. The state already holds the writes of the transactions before it in the block:
 * they have newer versions, which is how the real peer finds conflicts inside a block.
 */
export function findConflict(state: ChannelState, set: DecodedReadWriteSet): number | undefined {
  if (set.reads.some((read) => !sameVersion(read.version, state.open.get(read.key)?.version))) return MVCC_READ_CONFLICT
  if (set.ranges.some((range) => !sameRange(state, range))) return PHANTOM_READ_CONFLICT
  for (const collection of set.collections) {
    const hashed = state.hashed(collection.name)
    if (collection.reads.some((read) => !sameVersion(read.version, hashed.get(read.keyHash)?.version))) return MVCC_READ_CONFLICT
  }
  return undefined
}

/** An iterator that was closed early has seen its range up to and with its last key. */
function sameRange(state: ChannelState, range: RangeRead): boolean {
  let index = 0
  for (const [key, entry] of state.open.range(range.start, range.exhausted ? range.end : '')) {
    const read = range.reads[index]
    if (read === undefined) return !range.exhausted
    if (read.key !== key || !sameVersion(read.version, entry.version)) return false
    index += 1
  }
  return index === range.reads.length
}
