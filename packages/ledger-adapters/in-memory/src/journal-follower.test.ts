import { truncate, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { idsIn, newRecord, STREAM, withJournal } from './__fixtures__/journal-folder.ts'
import { createInMemoryLedger } from './index.ts'

const follow = (path: string) => createInMemoryLedger({ settings: { journal: { path, readOnly: true, pollMs: 5 } } })

describe('a follower', () => {
  it('is the same ledger, sees what the writer appended, and may not append', async () => {
    await withJournal(async (path) => {
      const writer = await createInMemoryLedger({ settings: { journal: { path }, account: 'hospital' } })
      const first = newRecord(10)
      await writer.append(STREAM, [first])
      const follower = await follow(path)
      expect(follower.describe().ledgerId).toBe(writer.describe().ledgerId)
      const second = newRecord()
      await writer.append(STREAM, [second])
      expect(await idsIn(follower)).toEqual([first.id, second.id])
      expect((await follower.getMany(STREAM, [first.id]))[0]).toEqual((await writer.getMany(STREAM, [first.id]))[0])
      expect(await follower.finality([{ stream: STREAM, ...second }])).toEqual(['final'])
      expect((await follower.health()).height).toBe(2n)
      await expect(follower.append(STREAM, [newRecord()])).rejects.toMatchObject({ code: 'LEDGER_UNAUTHORISED' })
      await follower.close()
      await writer.close()
    })
  })

  it('watches while the writer writes, and ends when it is closed', async () => {
    await withJournal(async (path) => {
      const writer = await createInMemoryLedger({ settings: { journal: { path } } })
      const follower = await follow(path)
      const seen: string[] = []
      const watching = (async () => { for await (const record of follower.watch(STREAM, { signal: new AbortController().signal })) seen.push(record.id) })()
      const ended = expect(watching).rejects.toMatchObject({ code: 'LEDGER_CLOSED' })
      for (let turn = 0; turn < 20; turn += 1) await writer.append(STREAM, [newRecord()])
      const ids = await idsIn(writer)
      await expect.poll(() => seen, { timeout: 5_000 }).toEqual(ids)
      await follower.close()
      await ended
      await writer.close()
    })
  })

  it('waits behind a line that is still being written', async () => {
    await withJournal(async (path) => {
      const writer = await createInMemoryLedger({ settings: { journal: { path } } })
      await writer.append(STREAM, [newRecord()])
      await writer.close()
      const follower = await follow(path)
      await writeFile(path, 'half a li', { flag: 'a' })
      expect((await idsIn(follower)).length).toBe(1)
      await follower.close()
    })
  })

  it('reports a journal that became shorter or was altered as corruption, for ever', async () => {
    await withJournal(async (path) => {
      const writer = await createInMemoryLedger({ settings: { journal: { path } } })
      await writer.append(STREAM, [newRecord()])
      await writer.append(STREAM, [newRecord()])
      const follower = await follow(path)
      await writer.close()
      await writeFile(path, 'not a line of ours\n', { flag: 'a' })
      await expect(follower.list(STREAM, { limit: 1 })).rejects.toMatchObject({ code: 'LEDGER_CORRUPTION', details: { height: 3 } })
      expect((await follower.health()).problems.map((problem) => problem.code)).toEqual(['LEDGER_CORRUPTION'])
      await follower.close()
      await truncate(path, 400)
      const torn = await follow(path)
      await truncate(path, 30)
      await expect(torn.list(STREAM, { limit: 1 })).rejects.toMatchObject({ code: 'LEDGER_CORRUPTION' })
      await torn.close()
    })
  })

  it('cannot follow what is not there yet', async () => {
    await withJournal(async (path) => {
      await expect(follow(path)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    })
  })
})
