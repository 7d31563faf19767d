import { createPositionCodec } from '@careledger/ledger-kit'

const codec = createPositionCodec([20])

/** A record's position is its sequence number, from 0: the contract gives it, and it has no gap. */
export function toPosition(sequence: bigint): string {
  return codec.encode(sequence)
}

/** The sequence number that comes first after `after`. LEDGER_INVALID_RECORD when it is no position of this ledger. */
export function firstAfter(after: string | undefined): bigint {
  return after === undefined ? 0n : (codec.decode(after)[0] ?? 0n) + 1n
}
