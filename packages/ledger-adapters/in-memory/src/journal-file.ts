import { randomBytes } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { safeCause } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import type { Block } from './block.ts'
import { blockJson, CHECKSUM_OF_NOTHING, genesisJson, sealLine } from './journal-line.ts'
import { lockJournal } from './journal-lock.ts'
import { createJournalReader } from './journal-reader.ts'

export interface JournalFile {
  /**
   * Writes blocks that follow the last one and waits until the disk has them (fdatasync). Returns how many of them stand: fewer than
   * given when the disk took only the first (full). LEDGER_OUTCOME_UNKNOWN when writing went well and syncing did not.
   */
  append(blocks: readonly Block[]): Promise<number>
  /** Why nothing more can be written until the journal is opened again, if so. */
  problem(): string | undefined
  close(): Promise<void>
}

/**
 * Opens `path` for writing, or makes it, and calls `onBlock` for every block in it. A tail that a killed writer left is cut off; it
 * was never acknowledged. LEDGER_UNAVAILABLE: another writer has it, or the file cannot be opened. LEDGER_CORRUPTION names the height.
 */
export async function openJournalFile(path: string, onBlock: (block: Block) => void): Promise<JournalFile & { readonly ledgerId: string }> {
  const lock = lockOrFail(path)
  let file: FileHandle | undefined
  try {
    file = await openForWriting(path)
    let ledgerId = ''
    const reader = createJournalReader({ genesis: (id) => { ledgerId = id }, block: onBlock })
    await reader.read(file)
    const tail = reader.tail()
    if (tail === 'torn') await file.truncate(reader.end)
    if (tail === 'unterminated') {
      await file.write('\n', (await file.stat()).size)
      await reader.read(file)
    }
    let { end, checksum } = reader
    if (reader.next === 0) {
      ledgerId = randomBytes(16).toString('hex')
      const genesis = sealLine(CHECKSUM_OF_NOTHING, genesisJson(ledgerId))
      end = Buffer.byteLength(genesis.line)
      if ((await writeAll(file, Buffer.from(genesis.line), 0)) < end) throw new LedgerError('LEDGER_UNAVAILABLE', 'The disk did not take the genesis')
      checksum = genesis.checksum
    }
    await file.datasync()
    await syncFolder(path)
    return { ledgerId, ...writer(file, { end, checksum }, () => lock.release()) }
  } catch (error) {
    await file?.close()
    lock.release()
    if (LedgerError.is(error)) throw error
    throw new LedgerError('LEDGER_UNAVAILABLE', 'The journal could not be opened', { cause: safeCause(error) })
  }
}

function writer(file: FileHandle, start: { readonly end: number; readonly checksum: string }, release: () => void): JournalFile {
  let { end, checksum } = start
  let problem: string | undefined

  async function append(blocks: readonly Block[]): Promise<number> {
    if (problem !== undefined) throw new LedgerError('LEDGER_UNAVAILABLE', 'The journal has to be opened again', { details: { reason: problem } })
    const lines = seal(blocks, checksum)
    const written = await writeAll(file, Buffer.concat(lines.map((line) => line.bytes)), end)
    let standing = 0
    let bytes = 0
    for (const line of lines) {
      if (bytes + line.bytes.length > written) break
      bytes += line.bytes.length
      standing += 1
      checksum = line.checksum
    }
    end += bytes
    if (standing < lines.length) await file.truncate(end).catch(() => { problem = 'a write that was cut short could not be undone' })
    if (standing > 0) await sync()
    return standing
  }

  async function sync(): Promise<void> {
    try {
      await file.datasync()
    } catch (error) {
      problem = 'the disk did not confirm a write'
      throw new LedgerError('LEDGER_OUTCOME_UNKNOWN', 'The disk did not confirm the write', { cause: safeCause(error) })
    }
  }

  return {
    append,
    problem: () => problem,
    async close() {
      await file.close()
      release()
    },
  }
}

function seal(blocks: readonly Block[], former: string): readonly { readonly bytes: Buffer; readonly checksum: string }[] {
  let last = former
  return blocks.map((block) => {
    const { line, checksum } = sealLine(last, blockJson(block))
    last = checksum
    return { bytes: Buffer.from(line), checksum }
  })
}

/** Bytes written: all of them, or fewer when the disk refused the rest. */
async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<number> {
  let written = 0
  try {
    while (written < bytes.length) written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten
  } catch {
    return written
  }
  return written
}

function lockOrFail(path: string): { release(): void } {
  try {
    return lockJournal(path)
  } catch (error) {
    if (LedgerError.is(error)) throw error
    throw new LedgerError('LEDGER_UNAVAILABLE', 'The journal could not be locked', { cause: safeCause(error) })
  }
}

async function openForWriting(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return await open(path, 'wx+', 0o600)
  }
}

/** Makes the file's name durable too. Folders cannot be synced everywhere (Windows): there the file system does it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r').catch(() => undefined)
  await folder?.datasync().catch(() => undefined)
  await folder?.close()
}
