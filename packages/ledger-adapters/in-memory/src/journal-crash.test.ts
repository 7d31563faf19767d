import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { idsIn, newRecord, STREAM, withJournal } from './__fixtures__/journal-folder.ts'
import { createInMemoryLedger } from './index.ts'

const CHILD = fileURLToPath(new URL('./__fixtures__/append-for-ever.ts', import.meta.url))
const NODE_ARGUMENTS = ['--conditions=@careledger/source', CHILD]
const KILLS = 12

interface Writer {
  readonly child: ChildProcess
  /** Whole lines that it has written. */
  lines(): readonly string[]
}

function startWriter(command: string, parameters: readonly string[]): Writer {
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => { text += chunk })
  return { child, lines: () => text.split('\n').slice(0, -1) }
}

async function untilLines(writer: Writer, count: number): Promise<void> {
  const end = Date.now() + 20_000
  while (writer.lines().length < count && writer.child.exitCode === null) {
    if (Date.now() > end) throw new Error('the writer does not write')
    await new Promise((resolve) => { setTimeout(resolve, 2) })
  }
}

describe('a writer that is killed', () => {
  it(`loses nothing that it acknowledged, doubles nothing, and leaves no lock, ${KILLS} times over`, async () => {
    await withJournal(async (path) => {
      const promised = new Set<string>()
      for (let kill = 0; kill < KILLS; kill += 1) {
        const writer = startWriter(process.execPath, [...NODE_ARGUMENTS, path])
        await untilLines(writer, 2)
        await new Promise((resolve) => { setTimeout(resolve, Math.random() * 120) })
        writer.child.kill('SIGKILL')
        await once(writer.child, 'close')
        for (const id of writer.lines().slice(1)) promised.add(id)
        const ledger = await createInMemoryLedger({ settings: { journal: { path } } })
        const ids = await idsIn(ledger)
        expect([...promised].filter((id) => !ids.includes(id)), `lost at kill ${kill}`).toEqual([])
        expect(new Set(ids).size).toBe(ids.length)
        const own = newRecord()
        await ledger.append(STREAM, [own])
        promised.add(own.id)
        await ledger.close()
      }
      expect(promised.size).toBeGreaterThan(KILLS * 2)
    })
  }, 120_000)
})

describe('a disk that is full', () => {
  it('refuses the append with LEDGER_UNAVAILABLE, keeps what was acknowledged, and goes on when there is room', async () => {
    await withJournal(async (path) => {
      const writer = startWriter('/bin/sh', ['-c', 'ulimit -f 160; exec "$0" "$@"', process.execPath, ...NODE_ARGUMENTS, path])
      const [code] = (await once(writer.child, 'close')) as [number | null]
      const lines = writer.lines()
      expect([code, lines.at(-1)]).toEqual([0, 'refused LEDGER_UNAVAILABLE true'])
      const promised = lines.filter((line) => /^[0-9a-f]{32}$/.test(line))
      expect(promised.length).toBeGreaterThan(10)
      const ledger = await createInMemoryLedger({ settings: { journal: { path } } })
      const ids = await idsIn(ledger)
      expect(promised.filter((id) => !ids.includes(id))).toEqual([])
      await ledger.append(STREAM, [newRecord()])
      await ledger.close()
    })
  }, 60_000)
})

describe('a follower', () => {
  it('of a writer that is killed and started again sees one history, and nothing of it twice', async () => {
    await withJournal(async (path) => {
      const controller = new AbortController()
      const seen: string[] = []
      let watching: Promise<unknown> | undefined
      for (let kill = 0; kill < 4; kill += 1) {
        const writer = startWriter(process.execPath, [...NODE_ARGUMENTS, path])
        await untilLines(writer, 2)
        watching ??= follow(path, seen, controller.signal)
        await new Promise((resolve) => { setTimeout(resolve, 60 + Math.random() * 60) })
        writer.child.kill('SIGKILL')
        await once(writer.child, 'close')
      }
      const ledger = await createInMemoryLedger({ settings: { journal: { path } } })
      const ids = await idsIn(ledger)
      const end = Date.now() + 10_000
      while (seen.length < ids.length && Date.now() < end) await new Promise((resolve) => { setTimeout(resolve, 20) })
      expect(seen).toEqual(ids)
      controller.abort()
      await watching
      await ledger.close()
    })
  }, 60_000)
})

async function follow(path: string, seen: string[], signal: AbortSignal): Promise<void> {
  const follower = await createInMemoryLedger({ settings: { journal: { path, readOnly: true, pollMs: 5 } } })
  try {
    for await (const record of follower.watch(STREAM, { signal })) seen.push(record.id)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await follower.close()
  }
}
