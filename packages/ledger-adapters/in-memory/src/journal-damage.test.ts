import { readFile, stat, writeFile } from 'node:fs/promises'
import { LedgerError } from '@careledger/ledger-spec'
import { describe, expect, it } from 'vitest'
import { idsIn, newRecord, STREAM, withJournal } from './__fixtures__/journal-folder.ts'
import { createInMemoryLedger } from './index.ts'

/** A journal of a genesis and five blocks as lines, and each block's ids. */
async function writeFive(path: string): Promise<{ readonly lines: readonly string[]; readonly ids: readonly (readonly string[])[] }> {
  const ledger = await createInMemoryLedger({ settings: { journal: { path } } })
  const blocks = [[newRecord()], [newRecord(), newRecord(9)], [newRecord(40)], [newRecord()], [newRecord(3)]]
  for (const block of blocks) await ledger.append(STREAM, block)
  await ledger.close()
  return { lines: (await readFile(path, 'utf8')).split('\n').slice(0, -1), ids: blocks.map((block) => block.map(({ id }) => id)) }
}

async function inspect(path: string): Promise<{ readonly named: readonly string[]; readonly ids: readonly string[] }> {
  const before = await readFile(path)
  const ledger = await createInMemoryLedger({ settings: { journal: { path, inspect: true } } })
  const { ok, problems } = await ledger.health()
  const ids = await idsIn(ledger)
  await expect(ledger.append(STREAM, [newRecord()])).rejects.toMatchObject({ code: 'LEDGER_UNAUTHORISED' })
  await ledger.close()
  expect(await readFile(path)).toEqual(before)
  expect(ok).toBe(problems.length === 0)
  expect(problems.every(({ code }) => code === 'LEDGER_CORRUPTION')).toBe(true)
  return { named: problems.map(({ details }) => `${String(details?.['what'])} ${String(details?.['height'])}`), ids }
}
const flipped = (text: string, at: number): string => text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1)

describe('an inspected journal', () => {
  it('is read as ever when it is sound, cut or without its last newline', async () => {
    await withJournal(async (path) => {
      const { lines, ids } = await writeFive(path)
      expect(await inspect(path)).toEqual({ named: [], ids: ids.flat() })
      await writeFile(path, lines.join('\n'))
      expect((await inspect(path)).named).toEqual([])
      await writeFile(path, `${lines.slice(0, 4).join('\n')}\n${lines[4]?.slice(0, 90)}`)
      expect(await inspect(path)).toEqual({ named: [], ids: ids.slice(0, 3).flat() })
    })
  })

  it('names the block of an altered byte, whichever byte it is, and gives every other block', async () => {
    await withJournal(async (path) => {
      const { lines, ids } = await writeFive(path)
      for (const [height, line] of lines.entries()) {
        const last = height === lines.length - 1
        for (let at = 0; at <= line.length; at += at < 70 || at > line.length - 20 ? 1 : 7) {
          const altered = at < line.length ? `${flipped(line, at)}\n` : `${line}!`
          if (at < line.length && flipped(line, at).charCodeAt(at) === 10) continue
          await writeFile(path, lines.map((one, place) => (place === height ? altered : `${one}\n`)).join(''))
          const found = await inspect(path)
          const where = `byte ${at} of block ${height}: ${found.named.join(', ')}`
          // An altered newline joins two blocks into one line; what came behind it at the end of the journal nobody can tell from it.
          const joined = at === line.length && !last
          const expected = joined && height + 2 < lines.length ? [`altered ${height}`, `altered ${height + 1}`] : [`altered ${height}`]
          const lost = joined ? [...expected, `altered ${height + 1}`] : expected
          expect(found.named, where).toEqual(expected)
          for (const [place, block] of ids.entries()) if (!lost.includes(`altered ${place + 1}`)) for (const id of block) expect(found.ids, where).toContain(id)
        }
      }
    })
  }, 60_000)

  it('names what was removed, added and swapped', async () => {
    await withJournal(async (path) => {
      const { lines, ids } = await writeFive(path)
      const without = (height: number) => lines.filter((_, place) => place !== height)
      const swapped = (a: number, b: number) => lines.map((line, place) => (place === a ? lines[b] : place === b ? lines[a] : line) as string)
      const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
        [without(1), ['removed 1']], [without(3), ['removed 3']], [lines.filter((_, place) => place < 2 || place > 3), ['removed 2', 'removed 3']],
        [[...lines.slice(0, 3), ...lines.slice(2)], ['added 2']], [[...lines.slice(0, 3), 'a stray line', ...lines.slice(3)], ['added 3']],
        [swapped(2, 3), ['swapped 2', 'swapped 3']], [swapped(1, 5), ['swapped 1', 'swapped 5']],
        [without(0), ['removed 0']],
      ]
      for (const [changed, named] of cases) {
        await writeFile(path, `${changed.join('\n')}\n`)
        const found = await inspect(path)
        expect(found.named, named.join()).toEqual(named)
        for (const [place, block] of ids.entries()) if (!named.includes(`removed ${place + 1}`)) for (const id of block) expect(found.ids, named.join()).toContain(id)
      }
    })
  })

  it('makes no journal where there is none', async () => {
    await withJournal(async (path) => {
      const error = await createInMemoryLedger({ settings: { journal: { path, inspect: true } } }).catch((caught: unknown) => caught)
      expect(LedgerError.is(error, 'LEDGER_UNAVAILABLE')).toBe(true)
      await expect(stat(path)).rejects.toThrow('ENOENT')
    })
  })
})
