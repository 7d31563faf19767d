import { LedgerError } from '@careledger/ledger-spec'

export interface PositionCodec {
  /** One non-negative integer for each part. RangeError when one does not fit its width. */
  encode(...parts: readonly (number | bigint)[]): string
  /** LEDGER_INVALID_RECORD when `position` was not made by this codec. */
  decode(position: string): readonly bigint[]
}

/**
 * Positions as decimals of fixed width joined by `-`, so that text order is number order. `widths` are digits of each part: `[20]`
 * for a stream's sequence number (Fabric, Ethereum, HydraChain), `[10, 6, 6, 6]` for height, index in block, output, index in item
 * (MultiChain). At most 64 characters together.
 */
export function createPositionCodec(widths: readonly number[]): PositionCodec {
  const length = widths.reduce((sum, width) => sum + width, widths.length - 1)
  if (widths.length === 0 || length > 64) throw new RangeError('A position has 1 to 64 characters')
  const form = new RegExp(`^${widths.map((width) => `(\\d{${width}})`).join('-')}$`)
  return {
    encode(...parts) {
      if (parts.length !== widths.length) throw new RangeError('A position needs one number for each part')
      return widths.map((width, index) => digits(parts[index] ?? -1, width)).join('-')
    },
    decode(position) {
      const match = form.exec(position)
      if (match === null) throw new LedgerError('LEDGER_INVALID_RECORD', 'This position is not one of this ledger', { details: { field: 'after' } })
      return match.slice(1).map(BigInt)
    },
  }
}

function digits(part: number | bigint, width: number): string {
  const text = String(part)
  if (!/^\d+$/.test(text) || text.length > width) throw new RangeError(`A part of a position is 0 to ${width} digits`)
  return text.padStart(width, '0')
}
