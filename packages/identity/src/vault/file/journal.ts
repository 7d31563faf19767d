import { hash } from 'node:crypto'
import { VaultError } from '../vault-error.ts'
import { decodeRecord, RECORD_BYTES_MAX, type JournalRecord } from './journal-record.ts'
import type { VaultFile } from './vault-files.ts'

const FRAME_MAGIC = 0x434c564a
/** magic u32 | body length u32 | number u64 | generation u64. */
const FRAME_HEADER_BYTES = 24
const CHECKSUM_BYTES = 16
/** A destroyed patient's whole shard goes into one frame; at 250 bytes a record this allows a shard of a million patients. */
const BODY_BYTES_MAX = 256 * 1024 * 1024
const WINDOW_BYTES = 1024 * 1024

/**
 * The append-only file of patient keys. Records are written in frames; frame n + 1 is written only after frame n is synced. So a frame
 * that is not whole was never acknowledged if nothing stands behind it, and is damage if something does.
 */
export interface Journal {
  /** Where the next frame will stand. */
  readonly end: number
  /** Frames so far; 0 only while the vault is being made. */
  readonly frames: bigint
  /**
   * Appends one frame and syncs: gives each record's offset. Rejects with the disk's error after cutting the file back to its former
   * end; VAULT_BROKEN if that fails as well.
   */
  append(generation: bigint, records: readonly Buffer[]): Promise<readonly number[]>
  /** Whether the file ends elsewhere than here: another process has written, or is writing. */
  moved(): boolean
  /**
   * Reads what another process has added, and drops what was never acknowledged, as `openJournal` does. Only for whoever has the vault to
   * itself. Gives the records with their offsets, not yet part of any index. Errors: VAULT_CORRUPT, VAULT_ROOT_MISMATCH.
   */
  readOn(generation: bigint): Promise<readonly { readonly record: JournalRecord; readonly offset: number }[]>
  /** Takes back the last frames, down to `end`. Errors: VAULT_BROKEN. */
  cutBack(end: number, frames: bigint): Promise<void>
  read(offset: number): Promise<JournalRecord>
  close(): Promise<void>
}

export interface JournalReading {
  readonly journal: Journal
  /** Bytes behind the last whole frame that were dropped: a write that was never acknowledged. */
  readonly dropped: Buffer
}

/**
 * Reads every frame of `file` after `header`, gives each record to `onRecord`, and drops what was never acknowledged: a frame that is not
 * whole, and frames of a generation above `generation` (an erasure that did not reach its commit).
 * Errors: VAULT_CORRUPT with the offset; VAULT_ROOT_MISMATCH for a journal without the frame of the present generation.
 */
export async function openJournal(
  file: VaultFile,
  header: Buffer,
  generation: bigint,
  onRecord: (record: JournalRecord, offset: number) => void,
): Promise<JournalReading> {
  const size = await file.size()
  if (!(await file.read(0, header.length)).equals(header)) throw corrupt(0, 'The journal is not of this vault.')
  const read = await readFrames(file, { end: header.length, frames: 0n, newest: 1n }, size, generation, onRecord)
  const dropped = await file.read(read.end, Math.min(size - read.end, BODY_BYTES_MAX))
  await cutTail(file, read.end, size)
  return { journal: journalOver(file, read), dropped }
}

/** How far a journal has been read; `newest` is the generation of the last frame. */
interface Read { readonly end: number; readonly frames: bigint; readonly newest: bigint }

async function readFrames(file: VaultFile, from: Read, size: number, generation: bigint, onRecord: (record: JournalRecord, offset: number) => void): Promise<Read> {
  const window = readWindow(file)
  let { end, frames, newest } = from
  for (;;) {
    const frame = await readFrame(window, end)
    if (frame === undefined || frame.generation > generation) break
    if (frame.number !== frames) throw corrupt(end, 'A frame is missing.')
    eachRecord(frame.body, end + FRAME_HEADER_BYTES, onRecord)
    newest = frame.generation
    frames += 1n
    end += frame.length
  }
  await assertNothingBehind(window, end, size, frames, generation)
  // An erasure's own frame is of the generation it leads to, and stands before its root does.
  if (newest < generation) throw new VaultError('VAULT_ROOT_MISMATCH', 'The journal is older than the root: it is a copy from before an erasure.', { details: { file: 'journal', generation: generation.toString() } })
  return { end, frames, newest }
}

async function cutTail(file: VaultFile, end: number, size: number): Promise<void> {
  if (size <= end) return
  await file.truncate(end)
  await file.sync()
}

/** Writes the header of a new journal. */
export async function createJournal(file: VaultFile, header: Buffer): Promise<Journal> {
  await file.truncate(0)
  await file.write(0, header)
  await file.sync()
  return journalOver(file, { end: header.length, frames: 0n, newest: 1n })
}

function journalOver(file: VaultFile, start: Read): Journal {
  let { end, frames, newest } = start
  const cutBack = async (to: number, framesThen: bigint) => {
    try {
      await file.truncate(to)
      await file.sync()
    } catch (cause) {
      throw new VaultError('VAULT_BROKEN', 'A write failed and could not be taken back. Open the vault anew.', { cause })
    }
    end = to
    frames = framesThen
  }
  return {
    get end() {
      return end
    },
    get frames() {
      return frames
    },
    async append(generation, records) {
      const frame = encodeFrame(frames, generation, records)
      try {
        await file.write(end, frame)
        await file.sync()
      } catch (error) {
        await cutBack(end, frames)
        throw error
      }
      let offset = end + FRAME_HEADER_BYTES
      const offsets = records.map((record) => (offset += record.length) - record.length)
      end += frame.length
      frames += 1n
      newest = generation
      return offsets
    },
    moved: () => file.sizeNow() !== end,
    async readOn(generation) {
      const size = await file.size()
      if (size < end) throw new VaultError('VAULT_BROKEN', 'The journal has become shorter: an older copy was put in its place. Open the vault anew.')
      const found: { readonly record: JournalRecord; readonly offset: number }[] = []
      const read = await readFrames(file, { end, frames, newest }, size, generation, (record, offset) => found.push({ record, offset }))
      await cutTail(file, read.end, size)
      // Its writer may have been killed before its own sync.
      if (found.length > 0) await file.sync()
      ;({ end, frames, newest } = read)
      return found
    },
    cutBack,
    async read(offset) {
      const found = decodeRecord(await file.read(offset, RECORD_BYTES_MAX), 0)
      if (found === undefined) throw corrupt(offset, 'A record of the journal is not whole.')
      return found.record
    },
    close: () => file.close(),
  }
}

function encodeFrame(number: bigint, generation: bigint, records: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  const bodyLength = records.reduce((sum, record) => sum + record.length, 0)
  if (bodyLength > BODY_BYTES_MAX) throw new RangeError('A frame of the journal is too large.')
  header.writeUInt32BE(FRAME_MAGIC, 0)
  header.writeUInt32BE(bodyLength, 4)
  header.writeBigUInt64BE(number, 8)
  header.writeBigUInt64BE(generation, 16)
  const content = Buffer.concat([header, ...records])
  return Buffer.concat([content, hash('sha256', content, 'buffer').subarray(0, CHECKSUM_BYTES)])
}

type ReadAt = (offset: number, length: number) => Promise<Buffer>

/** Reads ahead, so that a journal of many small frames costs one system call for each MiB. */
function readWindow(file: VaultFile): ReadAt {
  let start = 0
  let bytes: Buffer = Buffer.alloc(0)
  return async (offset, length) => {
    if (offset < start || offset + length > start + bytes.length) {
      bytes = await file.read(offset, Math.max(length, WINDOW_BYTES))
      start = offset
    }
    return bytes.subarray(offset - start, offset - start + length)
  }
}

interface Frame { readonly number: bigint; readonly generation: bigint; readonly body: Buffer; readonly length: number }

/** `undefined`: no whole frame stands at `offset`. */
async function readFrame(read: ReadAt, offset: number): Promise<Frame | undefined> {
  const header = await read(offset, FRAME_HEADER_BYTES)
  if (header.length < FRAME_HEADER_BYTES || header.readUInt32BE(0) !== FRAME_MAGIC) return undefined
  const bodyLength = header.readUInt32BE(4)
  if (bodyLength > BODY_BYTES_MAX) return undefined
  const rest = await read(offset + FRAME_HEADER_BYTES, bodyLength + CHECKSUM_BYTES)
  if (rest.length < bodyLength + CHECKSUM_BYTES) return undefined
  const body = rest.subarray(0, bodyLength)
  const sum = hash('sha256', Buffer.concat([header, body]), 'buffer').subarray(0, CHECKSUM_BYTES)
  if (!sum.equals(rest.subarray(bodyLength))) return undefined
  return { number: header.readBigUInt64BE(8), generation: header.readBigUInt64BE(16), body, length: FRAME_HEADER_BYTES + bodyLength + CHECKSUM_BYTES }
}

function eachRecord(body: Buffer, bodyAt: number, onRecord: (record: JournalRecord, offset: number) => void): void {
  for (let offset = 0; offset < body.length; ) {
    const found = decodeRecord(body, offset)
    if (found === undefined) throw corrupt(bodyAt + offset, 'A record of the journal is not whole.')
    onRecord(found.record, bodyAt + offset)
    offset = found.next
  }
}

/** A whole frame of a later number and of a generation that came about, behind the end: the end is damage and not a torn write. */
async function assertNothingBehind(read: ReadAt, end: number, size: number, frames: bigint, generation: bigint): Promise<void> {
  for (let from = end; from < size; from += WINDOW_BYTES) {
    const bytes = Buffer.from(await read(from, WINDOW_BYTES + 3))
    for (let at = bytes.indexOf(MAGIC_BYTES); at !== -1 && at < WINDOW_BYTES; at = bytes.indexOf(MAGIC_BYTES, at + 1)) {
      const frame = await readFrame(read, from + at)
      if (frame !== undefined && frame.generation <= generation && frame.number >= frames) throw corrupt(end, 'A frame of the journal is damaged.')
    }
  }
}

const MAGIC_BYTES = Buffer.from([0x43, 0x4c, 0x56, 0x4a])

function corrupt(offset: number, message: string): VaultError {
  return new VaultError('VAULT_CORRUPT', message, { details: { file: 'journal', offset } })
}
