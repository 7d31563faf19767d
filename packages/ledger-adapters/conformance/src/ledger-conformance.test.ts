import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { twinFactory } from './__fixtures__/twin-ledger.ts'
import { conformanceTests, LEDGER_CLAUSES, ledgerConformance } from './index.ts'

ledgerConformance({ describe, it }, { name: 'twin, ordered', create: twinFactory() })
ledgerConformance({ describe, it }, { name: 'twin, first-final', create: twinFactory({ append: 'first-final' }) })

describe('the suite', () => {
  it('has every clause of the specification in a title', () => {
    const files = ['ledger', 'ledger-record', 'ledger-parts', 'ledger-error']
    const text = files.map((file) => readFileSync(new URL(`../../spec/src/${file}.ts`, import.meta.url), 'utf8')).join('\n')
    const specified = new Set([...text.matchAll(/\[([a-z]+-\d+)\]/g)].map((match) => match[1]))
    const titled = new Set(conformanceTests.flatMap(({ title }) => [...title.matchAll(/\[([a-z]+-\d+)\]/g)].map((match) => match[1])))
    expect([...specified].sort()).toEqual([...LEDGER_CLAUSES].sort())
    expect([...titled].sort()).toEqual([...specified].sort())
  })

  it('has no title twice', () => {
    expect(new Set(conformanceTests.map(({ title }) => title)).size).toBe(conformanceTests.length)
  })
})
