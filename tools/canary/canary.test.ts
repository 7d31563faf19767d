import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { canaryFindings } from '../test-run.ts'
import { findCanaries, type CanaryFound } from './find-canaries.ts'
import { findingsFile, noteFindings, watchRemovals } from './watch-removals.ts'

const made: string[] = []
/** A folder as a test makes one, with an instance in it whose store holds `bytes`. */
function instanceWith(bytes: Buffer): string {
  const directory = mkdtempSync(join(tmpdir(), 'careledger-planted-'))
  made.push(directory)
  mkdirSync(join(directory, 'data', 'store'), { recursive: true })
  writeFileSync(join(directory, 'data', 'instance.json'), '{}')
  writeFileSync(join(directory, 'data', 'store', 'page'), bytes)
  writeFileSync(join(directory, 'bundle.json'), 'Canarowski may stand in what people are given.')
  return directory
}
const planted = Buffer.concat([Buffer.from([0, 255, 1]), Buffer.from('Canarowski'), Buffer.from([254, 0])])
afterEach(() => { for (const directory of made.splice(0)) rmSync(join(directory, 'data', 'store', 'page'), { force: true }) })

describe('the search for patients\' words', () => {
  it('finds one in the middle of any file of an instance, and leaves alone what people were given', () => {
    expect(findCanaries(instanceWith(planted))).toEqual([{ file: expect.stringMatching(/page$/) as unknown as string, word: 'Canarowski' }])
    expect(findCanaries(instanceWith(Buffer.from('sealed')))).toEqual([])
    expect(findCanaries(join(tmpdir(), 'careledger-is-not-there'))).toEqual([])
  })

  it('looks at what a test removes before it is gone, in both ways of removing it, and not elsewhere', async () => {
    const told: CanaryFound[] = []
    const run = process.env['CARELEDGER_TEST_RUN']
    delete process.env['CARELEDGER_TEST_RUN']
    const stop = watchRemovals((found) => told.push(...found))
    const [one, two, clean] = [instanceWith(planted), instanceWith(planted), instanceWith(Buffer.from('sealed'))]
    try {
      // The data folder alone, so that the run's own watch has nothing left to find in it afterwards.
      rmSync(join(one, 'data'), { recursive: true })
      await rm(join(two, 'data'), { recursive: true })
      rmSync(clean, { recursive: true })
    } finally {
      stop()
      if (run !== undefined) process.env['CARELEDGER_TEST_RUN'] = run
    }
    expect(told.map(({ word }) => word)).toEqual(['Canarowski', 'Canarowski'])
    expect([one, two].map((directory) => existsSync(join(directory, 'data')))).toEqual([false, false])
  })

  it('ends a run red where there was one', () => {
    const run = mkdtempSync(join(tmpdir(), 'careledger-planted-run-'))
    expect(canaryFindings(run)).toEqual([])
    noteFindings(run, [{ file: '/x/page', word: 'Canarowski' }])
    expect(existsSync(findingsFile(run))).toBe(true)
    expect(canaryFindings(run)).toEqual(['Canarowski in /x/page'])
    rmSync(run, { recursive: true })
  })
})
