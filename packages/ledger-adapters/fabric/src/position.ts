import { createPositionCodec } from '@careledger/ledger-kit'

const codec = createPositionCodec([20])

/** Position of the `sequence`-th record of a stream, from 1: the chaincode's counter. */
export function toPosition(sequence: number): string {
  return codec.encode(sequence)
}

/** Sequence number of `position`; 0 for none, which is before the first. LEDGER_INVALID_RECORD when it is not one of ours. */
export function toSequence(position: string | undefined): number {
  if (position === undefined) return 0
  const [sequence = 0n] = codec.decode(position)
  return sequence >= BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER - 1 : Number(sequence)
}
