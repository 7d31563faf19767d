import { EvidenceError } from '../evidence-error.ts'

/** Reads bytes from the front, as Bitcoin writes them. Every method throws EvidenceError when there are too few. */
export interface ByteReader {
  bytes(count: number): Uint8Array
  /** Little-endian, of 1 to 4 bytes. */
  number(bytes: number): number
  /** Bitcoin's CompactSize, in its shortest form. */
  compact(): number
  /** As many bytes as a CompactSize before them says. */
  counted(): Uint8Array
  /** EvidenceError when something is left. */
  end(): void
  readonly done: boolean
}

export function createByteReader(from: Uint8Array): ByteReader {
  let at = 0
  const reader: ByteReader = {
    bytes(count) {
      if (count > from.length - at) throw new EvidenceError('The evidence is cut short.')
      at += count
      return from.subarray(at - count, at)
    },
    number: (bytes) => reader.bytes(bytes).reduceRight((sum, byte) => sum * 256 + byte, 0),
    compact() {
      const first = reader.number(1)
      if (first < 0xfd) return first
      if (first === 0xff) throw new EvidenceError('A number of the evidence is too large.')
      const value = reader.number(first === 0xfd ? 2 : 4)
      if (value < (first === 0xfd ? 0xfd : 0x1_0000)) throw new EvidenceError('A number of the evidence is not in its shortest form.')
      return value
    },
    counted: () => reader.bytes(reader.compact()),
    end() {
      if (!reader.done) throw new EvidenceError('The evidence has more bytes than described.')
    },
    get done() { return at === from.length },
  }
  return reader
}
