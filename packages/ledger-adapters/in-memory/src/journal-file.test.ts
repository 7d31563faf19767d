import { readFile, writeFile } from 'node:fs/promises'
import { LedgerError } from '@careledger/ledger-spec'
import { describe, expect, it } from 'vitest'
import { idsIn, newRecord, STREAM, withJournal } from './__fixtures__/journal-folder.ts'
import { createInMemoryLedger } from './index.ts'

/** A journal of a genesis and three blocks, the ids of each block, and where each line ends. */
async function writeThreeBlocks(path: string): Promise<{ readonly bytes: Buffer; readonly blocks: readonly (readonly string[])[]; readonly ends: readonly number[] }> {
  const ledger = await createInMemoryLedger({ settings: { journal: { path } } })
  const blocks = [[newRecord()], [newRecord(), newRecord(9)], [newRecord(40)]]
  for (const block of blocks) await ledger.append(STREAM, block)
  await ledger.close()
  const bytes = await readFile(path)
  const ends = [...bytes.entries()].filter(([, byte]) => byte === 0x0a).map(([index]) => index + 1)
  return { bytes, ends, blocks: blocks.map((block) => block.map((record) => record.id)) }
}

async function openIds(path: string): Promise<readonly string[]> {
  const ledger = await createInMemoryLedger({ settings: { journal: { path } } })
  try {
    return await idsIn(ledger)
  } finally {
    await ledger.close()
  }
}

async function openError(path: string): Promise<LedgerError> {
  const error = await createInMemoryLedger({ settings: { journal: { path } } }).then((ledger) => ledger.close(), (caught: unknown) => caught)
  if (!LedgerError.is(error)) throw new Error(`expected a LedgerError, got ${String(error)}`)
  return error
}

describe('a journal that was cut off', () => {
  it('keeps every whole block, at every byte of its length, and goes on from there', async () => {
    await withJournal(async (path) => {
      const { bytes, blocks, ends } = await writeThreeBlocks(path)
      for (let length = 0; length <= bytes.length; length += 1) {
        await writeFile(path, bytes.subarray(0, length))
        // A line whose newline alone is missing is whole: its checksum holds.
        const whole = blocks.filter((_, index) => length >= (ends[index + 1] ?? Infinity) - 1).flat()
        expect(await openIds(path), `cut at ${length} of ${bytes.length}`).toEqual(whole)
        if (length % 50 !== 0 && length < bytes.length - 3) continue
        const ledger = await createInMemoryLedger({ settings: { journal: { path } } })
        const more = newRecord()
        await ledger.append(STREAM, [more])
        await ledger.close()
        expect(await openIds(path)).toEqual([...whole, more.id])
      }
    })
  }, 120_000)

  it('keeps every whole block when the file system left zeros after it', async () => {
    await withJournal(async (path) => {
      const { bytes, blocks, ends } = await writeThreeBlocks(path)
      await writeFile(path, Buffer.concat([bytes.subarray(0, (ends[2] ?? 0) + 20), Buffer.alloc(4_096)]))
      expect(await openIds(path)).toEqual(blocks.slice(0, 2).flat())
    })
  })
})

describe('a journal that was altered', () => {
  it('is refused, at every byte, with the height of the block', async () => {
    await withJournal(async (path) => {
      const { bytes, ends } = await writeThreeBlocks(path)
      for (let place = 0; place < bytes.length; place += 1) {
        const more = place % 10 === 0 || ends.some((end) => Math.abs(place - end) < 2) ? [0x0a, 0] : []
        for (const altered of [(bytes[place] ?? 0) ^ 1, ...more]) {
          if (altered === bytes[place]) continue
          const copy = Buffer.from(bytes)
          copy[place] = altered
          await writeFile(path, copy)
          const error = await openError(path)
          expect([error.code, error.details.height], `byte ${place} set to ${altered}`).toEqual(['LEDGER_CORRUPTION', ends.filter((end) => end <= place).length])
          expect((await readFile(path)).equals(copy), 'nothing was written to it').toBe(true)
        }
      }
    })
  }, 240_000)

  it('is refused when a block is missing, doubled or in another place', async () => {
    await withJournal(async (path) => {
      const { bytes, ends } = await writeThreeBlocks(path)
      const lines = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
      for (const [order, height] of [[[0, 2, 3], 1], [[0, 1, 1, 2, 3], 2], [[0, 1, 3, 2], 2], [[1, 2, 3], 0]] as const) {
        await writeFile(path, Buffer.concat(order.map((index) => lines[index] ?? Buffer.alloc(0))))
        const error = await openError(path)
        expect([error.code, error.details.height]).toEqual(['LEDGER_CORRUPTION', height])
      }
    })
  })

  it('is refused, and left as it is, when it is some other file', async () => {
    await withJournal(async (path) => {
      for (const text of ['Dear diary', 'a line\nand another\n', '{"some":"json"}', 'feed the cat']) {
        await writeFile(path, text)
        expect((await openError(path)).code, text).toBe('LEDGER_CORRUPTION')
        expect(await readFile(path, 'utf8')).toBe(text)
      }
    })
  })
})

describe('a journal that somebody has open', () => {
  it('is refused to a second writer, and free again after close', async () => {
    await withJournal(async (path) => {
      const first = await createInMemoryLedger({ settings: { journal: { path } } })
      const error = await openError(path)
      expect([error.code, error.message]).toEqual(['LEDGER_UNAVAILABLE', 'Another writer has this journal open'])
      await first.append(STREAM, [newRecord()])
      await first.close()
      expect((await openIds(path)).length).toBe(1)
    })
  })

  it('in a folder that does not exist, is unavailable', async () => {
    expect((await openError('/does/not/exist/journal')).code).toBe('LEDGER_UNAVAILABLE')
  })
})

describe('settings', () => {
  it('that are wrong are a TypeError naming the member', async () => {
    await expect(createInMemoryLedger({ settings: { recordsMax: 0 } })).rejects.toThrow(/recordsMax/)
    await expect(createInMemoryLedger({ settings: { finalAfterMs: 5, journal: { path: 'x' } } })).rejects.toThrow(/finalAfterMs/)
  })
})
