import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { canaryFindings } from '../test-run.ts'
import { findCanaries, type CanaryFound } from './find-canaries.ts'
import { findingsFile, noteFindings, watchRemovals } from './watch-removals.ts'

const made: string[] = []
// Not under the name that the run's own watch looks at.
/** A folder as a test makes one, with an instance in it whose store holds `bytes`. */
function instanceWith(bytes: Buffer): string {
  const directory = mkdtempSync(join(tmpdir(), 'planted-careledger-'))
  made.push(directory)
  mkdirSync(join(directory, 'data', 'store'), { recursive: true })
  writeFileSync(join(directory, 'data', 'instance.json'), '{}')
  writeFileSync(join(directory, 'data', 'store', 'page'), bytes)
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

  it('ends a run red where there was one', () => {
    const run = mkdtempSync(join(tmpdir(), 'planted-careledger-run-'))
    expect(canaryFindings(run)).toEqual([])
    noteFindings(run, [{ file: '/x/page', word: 'Canarowski' }])
    expect(existsSync(findingsFile(run))).toBe(true)
    expect(canaryFindings(run)).toEqual(['Canarowski in /x/page'])
    rmSync(run, { recursive: true })
  })
})
