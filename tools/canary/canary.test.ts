import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { canaryFindings } from '../test-run.ts'
import { findCanaries, type CanaryFound } from './find-canaries.ts'
import { findingsFile, noteFindings, watchRemovals } from './watch-removals.ts'
import { watchAnswers, watchPrinted } from './watch-words.ts'

const made: string[] = []
// Not under the name that the run's own watch looks at.
/** A folder as a test makes one, with an instance in it of which one file, by default of its store, holds `bytes`. */
function instanceWith(bytes: Buffer, file = 'store/page'): string {
  const directory = mkdtempSync(join(tmpdir(), 'planted-careledger-'))
  made.push(directory)
  mkdirSync(dirname(join(directory, 'data', file)), { recursive: true })
  writeFileSync(join(directory, 'data', 'instance.json'), '{}')
  writeFileSync(join(directory, 'data', file), bytes)
  writeFileSync(join(directory, 'bundle.json'), 'Canarowski may stand in what people are given.')
  return directory
}
const planted = Buffer.concat([Buffer.from([0, 255, 1]), Buffer.from('Canarowski'), Buffer.from([254, 0])])
afterEach(() => { for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true }) })

describe('the search for patients\' words', () => {
  it('finds one in the middle of any file of an instance, and leaves alone what people were given', () => {
    expect(findCanaries(instanceWith(planted))).toEqual([{ file: expect.stringMatching(/page$/) as unknown as string, word: 'Canarowski' }])
    expect(findCanaries(instanceWith(Buffer.from('sealed')))).toEqual([])
    expect(findCanaries(join(tmpdir(), 'careledger-is-not-there'))).toEqual([])
  })

  it('looks at what a test removes before it is gone, in both ways of removing it, and not elsewhere', async () => {
    const told: CanaryFound[] = []
    const stop = watchRemovals((found) => told.push(...found), 'planted-careledger-')
    const [one, two, clean] = [instanceWith(planted), instanceWith(planted), instanceWith(Buffer.from('sealed'))]
    try {
      rmSync(one, { recursive: true })
      await rm(two, { recursive: true })
      rmSync(clean, { recursive: true })
    } finally {
      stop()
    }
    expect(told.map(({ word }) => word)).toEqual(['Canarowski', 'Canarowski'])
    expect([one, two].map((directory) => existsSync(directory))).toEqual([false, false])
  })

  const places: readonly (readonly [place: string, file: string, text: string])[] = [
    ['a ledger\'s journal, as it is', 'ledger/journal', 'Canarowski'], ['a ledger\'s journal, as hex', 'ledger/journal', Buffer.from('xCanarowskiy').toString('hex')],
    ...[0, 1, 2].map((place) => [`a ledger's journal, as base64 in place ${place}`, 'ledger/journal', Buffer.from(`${'x'.repeat(place)}Quillfeather and more`).toString('base64')] as const),
    ['a document', 'documents/a/b', 'MRN-CANARY-7'], ['a vault', 'vaults/hospital-a/journal', '1931-12-29'], ['a file of settings', 'ledgers.json', Buffer.from('Canary-itis', 'utf16le').toString('latin1')], ['an export', 'exports/part-1', 'Canary-itis'],
  ]
  it.each(places)('finds one in %s', (_place, file, text) => {
    expect(findCanaries(instanceWith(Buffer.from(text, 'latin1'), file)).map(({ file: where }) => where)).toEqual([expect.stringMatching(new RegExp(`${file}$`))])
  })

  it('hears one in a log line or an error that a process prints, also in two pieces, and leaves a command\'s result alone', async () => {
    const told: CanaryFound[] = []
    const stop = watchPrinted((found) => told.push(...found), ['Plantowski'])
    try {
      for (const script of ['console.error(JSON.stringify({ level: 30, message: "Plantowski" }))', 'process.stderr.write("Plan"); setTimeout(() => process.stderr.write("towski"), 100)', 'console.log("Plantowski")', 'console.error("nobody")']) {
        const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
        child.stderr.resume()
        child.stdout.resume()
        await once(child, 'close')
      }
    } finally {
      stop()
    }
    expect(told.map(({ word }) => word)).toEqual(['Plantowski', 'Plantowski'])
  })

  it('sees one in an error and in a metric that is answered, and leaves alone what people ask for', async () => {
    const told: CanaryFound[] = []
    const stop = watchAnswers((found) => told.push(...found), ['Plantowski'])
    const server = createServer((request, response) => { response.writeHead(request.url === '/refused' ? 403 : 200).end('of Plantowski') }).listen(0, '127.0.0.1')
    try {
      await once(server, 'listening')
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      for (const path of ['/refused', '/metrics', '/record']) expect(await (await fetch(`${url}${path}`)).text()).toBe('of Plantowski')
    } finally {
      stop()
      server.close()
    }
    expect(told.map(({ file }) => file).sort()).toEqual(['answer 200 of /metrics', 'answer 403 of /refused'])
  })

  it('ends a run red where there was one', () => {
    const run = mkdtempSync(join(tmpdir(), 'planted-careledger-run-'))
    expect(canaryFindings(run)).toEqual([])
    noteFindings(run, [{ file: '/x/page', word: 'Canarowski' }])
    expect(existsSync(findingsFile(run))).toBe(true)
    expect(canaryFindings(run)).toEqual(['Canarowski in /x/page'])
    rmSync(run, { recursive: true })
  })
})
