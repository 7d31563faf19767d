import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startJournal } from '../testing/ledgers/start-journal.ts'
import { createCrash, CRASH_POINTS } from './crash-points.ts'
import { createFaultWorld } from './fault-world.ts'
import { FAULTS } from './faults.ts'
import { createRandom } from './random.ts'
import { repository } from './run-tests.ts'
import { killAt } from './tried.ts'

describe('the list of faults', () => {
  it('has each of the sixty once, and what checks it', () => {
    expect(FAULTS.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1))
    expect(new Set(FAULTS.map(({ title }) => title)).size).toBe(60)
  })

  it('names tests that exist', () => {
    const missing = FAULTS.flatMap(({ number, check }) => ('tests' in check ? check.tests.map(({ file, title }) => ({ number, file, title })) : [])).filter(({ file, title }) => {
      const source = readFileSync(join(repository, file), 'utf8')
      return !source.includes(title) && !source.includes(title.replaceAll('\'', '\\\''))
    })
    expect(missing).toEqual([])
  })

  it('stands in docs/faults.md, each with its title', () => {
    const page = readFileSync(join(repository, 'docs/faults.md'), 'utf8')
    expect(FAULTS.filter(({ number, title }) => !page.includes(`| ${number} | ${title} |`)).map(({ number }) => number)).toEqual([])
  })

  it('is made the same way by the same seed', () => {
    const [one, two] = [createRandom(7), createRandom(7)]
    const numbers = Array.from({ length: 100 }, () => one())
    expect(Array.from({ length: 100 }, () => two())).toEqual(numbers)
    expect(numbers.every((each) => each >= 0 && each < 1) && new Set(numbers).size === 100).toBe(true)
  })
})

describe('a crash', () => {
  it('comes at its own point and at no other', async () => {
    for (const point of CRASH_POINTS) {
      let killed = 0
      const crash = createCrash(() => { killed++ })
      crash.arm(point, 0)
      const { authenticate } = crash.authentication({ authenticate: async () => ({}) } as never)
      void authenticate({} as never)
      await new Promise((resolve) => { setImmediate(resolve) })
      expect([point, killed]).toEqual([point, point === 'after-auth' ? 1 : 0])
    }
  })

  it('after the commit and before the answer loses nothing and doubles nothing', async () => {
    const world = await createFaultWorld({ ledger: 'in-memory', startNode: startJournal, seed: 1 })
    try {
      expect(await killAt('after-commit')(world, { recoveryMaxMs: 60_000, kills: 1, awayMs: 100 })).toMatch(/^not answered, ready again after \d+ ms/)
    } finally {
      await world.end()
    }
  }, 120_000)
})
