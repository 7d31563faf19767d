import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { twinFactory, type Wrong } from './__fixtures__/twin-ledger.ts'
import { wrongAppends } from './__fixtures__/wrong-appends.ts'
import { leftTimers, wrongLives } from './__fixtures__/wrong-lives.ts'
import { wrongParts } from './__fixtures__/wrong-parts.ts'
import { wrongReads } from './__fixtures__/wrong-reads.ts'
import { within } from './expect.ts'
import { conformanceTests, LEDGER_CLAUSES, type ConformanceTest } from './index.ts'

const wrongLedgers: Readonly<Record<string, Wrong>> = { ...wrongAppends, ...wrongReads, ...wrongLives, ...wrongParts }
/** A test that has not ended by then has failed. */
const TEST_MS = 12_000
/** It counts what the whole process holds, so nothing may run beside it. */
const runsAlone = (test: ConformanceTest): boolean => test.title.startsWith('[close-3]')

describe('ledgers that are wrong on purpose', () => {
  const failures = new Map<string, readonly string[]>()

  beforeAll(async () => {
    for (const names of chunks(Object.keys(wrongLedgers), 9)) {
      await Promise.all(names.map(async (name) => { failures.set(name, await failuresOf(wrongLedgers[name] ?? {}, conformanceTests.filter((test) => !runsAlone(test)))) }))
    }
    for (const [name, wrong] of Object.entries(wrongLedgers)) {
      failures.set(name, [...(failures.get(name) ?? []), ...(await failuresOf(wrong, conformanceTests.filter(runsAlone)))])
    }
  }, 240_000)

  afterAll(() => { for (const timer of leftTimers) clearInterval(timer) })

  it('exist for every clause', () => {
    expect(Object.keys(wrongLedgers).filter((name) => name !== 'create').sort()).toEqual([...LEDGER_CLAUSES].sort())
  })

  for (const name of Object.keys(wrongLedgers)) {
    it(`${name} fails the clause that it is named after, and what is recorded besides`, async () => {
      const failed = failures.get(name) ?? []
      expect(failed.filter((title) => title.includes(name))).not.toEqual([])
      await expect(`${failed.join('\n')}\n`).toMatchFileSnapshot(`./__fixtures__/failures/${name}.txt`)
    })
  }
})

async function failuresOf(wrong: Wrong, tests: readonly ConformanceTest[]): Promise<readonly string[]> {
  const failed = await Promise.all(tests.map(async (test) => ((await passes(wrong, test)) ? [] : [test.title])))
  return failed.flat()
}

async function passes(wrong: Wrong, test: ConformanceTest): Promise<boolean> {
  const options = { create: twinFactory(wrong) }
  const subject = await options.create()
  try {
    await within(TEST_MS, test.title, test.run(subject, options))
    return true
  } catch {
    return false
  } finally {
    await subject.dispose().catch(() => undefined)
  }
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))
}
