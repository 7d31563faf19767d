import { createPositionCodec } from '@careledger/ledger-kit'

const codec = createPositionCodec([10, 6, 6, 6])

/** Where an item stands: height, index of its transaction in the block, output of the transaction. Of a final item the same for ever, on every node. */
export interface Place {
  readonly height: number
  readonly blockIndex: number
  readonly vout: number
}

/** Position of the `index`-th record, from 0, of the item at `place`. */
export function toPosition({ height, blockIndex, vout }: Place, index: number): string {
  return codec.encode(height, blockIndex, vout, index)
}

/** LEDGER_INVALID_RECORD when `position` was not made by `toPosition`. */
export function fromPosition(position: string): { readonly place: Place; readonly index: number } {
  const [height = 0, blockIndex = 0, vout = 0, index = 0] = codec.decode(position).map(Number)
  return { place: { height, blockIndex, vout }, index }
}

/** Below 0 when `a` stands before `b`, 0 when they are one place. */
export function comparePlaces(a: Place, b: Place): number {
  return a.height - b.height || a.blockIndex - b.blockIndex || a.vout - b.vout
}
