import type { FileHandle } from 'node:fs/promises'
import type { Block } from './block.ts'
import { CHECKSUM_OF_NOTHING, openLine, parseBlock, parseGenesis } from './journal-line.ts'
import { corruption } from './to-ledger-error.ts'

const CHUNK_BYTES = 1_048_576
const NEWLINE = 0x0a

/** What stands after the last complete line. */
export type Tail = 'none' | 'unterminated' | 'torn'

export interface JournalReader {
  /** Reads every complete line that has come since; calls `onGenesis` and `onBlock` for each. LEDGER_CORRUPTION names the height. */
  read(file: FileHandle): Promise<void>
  /** Bytes up to the end of the last complete line. */
  readonly end: number
  /** Checksum of that line. */
  readonly checksum: string
  /** Height that the next line must have. */
  readonly next: number
  /** Judges the bytes after `end`. LEDGER_CORRUPTION when they cannot be a write that was cut short. */
  tail(): Tail
}

/** Reads a journal forward, as it grows. Once it has found corruption it says so for ever. */
export function createJournalReader(on: { readonly genesis: (ledgerId: string) => void; readonly block: (block: Block) => void }): JournalReader {
  let end = 0
  let next = 0
  let checksum = CHECKSUM_OF_NOTHING
  let rest: Buffer = Buffer.alloc(0)
  let broken: unknown

  async function read(file: FileHandle): Promise<void> {
    if (broken !== undefined) throw broken
    try {
      const { size } = await file.stat()
      if (size < end) throw corruption(next - 1, 'the journal has become shorter')
      rest = Buffer.alloc(0)
      for (let from = end; from < size;) {
        const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - from))
        const { bytesRead } = await file.read(chunk, 0, chunk.length, from)
        if (bytesRead === 0) break
        from += bytesRead
        takeLines(chunk.subarray(0, bytesRead))
      }
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) broken = error
      throw error
    }
  }

  function takeLines(chunk: Buffer): void {
    let from = 0
    for (let newline = chunk.indexOf(NEWLINE); newline >= 0; newline = chunk.indexOf(NEWLINE, from)) {
      const piece = chunk.subarray(from, newline)
      takeLine(rest.length === 0 ? piece : Buffer.concat([rest, piece]))
      rest = Buffer.alloc(0)
      from = newline + 1
    }
    const left = chunk.subarray(from)
    rest = rest.length === 0 ? left : Buffer.concat([rest, left])
  }

  function takeLine(bytes: Buffer): void {
    const opened = openLine(checksum, bytes.toString('utf8'))
    if (opened === undefined) throw corruption(next, 'the checksum does not hold')
    if (next === 0) on.genesis(parseGenesis(opened.json))
    else on.block(parseBlock(opened.json, next))
    checksum = opened.checksum
    end += bytes.length + 1
    next += 1
  }

  /** A cut-short write is a prefix of a line. A whole line followed by one other byte had its newline altered. */
  function tail(): Tail {
    if (rest.length === 0) return 'none'
    if (openLine(checksum, rest.toString('utf8')) !== undefined) return 'unterminated'
    if (openLine(checksum, rest.toString('utf8', 0, rest.length - 1)) !== undefined) throw corruption(next, 'its end is altered')
    if (next === 0 && !/^[0-9a-f]{0,64}( |( \{[ -~]{0,100}))?\0*$/.test(rest.toString('latin1'))) throw corruption(0, 'not a journal of this format')
    return 'torn'
  }

  return { read, tail, get end() { return end }, get checksum() { return checksum }, get next() { return next } }
}
