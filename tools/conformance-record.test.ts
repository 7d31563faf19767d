import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { conformanceTests } from '../packages/ledger-adapters/conformance/src/ledger-conformance.ts'
import { drawInto, readRecord } from './conformance-record.ts'
import { root } from './run.ts'

const clauses = [...new Set(conformanceTests.flatMap(({ title }) => [...title.matchAll(/\[([a-z]+-\d+)\]/g)].map((match) => match[1] ?? '')))].sort()

describe('the record of conformance runs', () => {
  it.each(readRecord())('of $adapter covers every clause of the suite as it is now, and none failed', ({ passed, failed }) => {
    expect(failed).toEqual([])
    expect([...passed].sort()).toEqual(clauses)
  })

  it('is what the table in the README shows', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    expect(drawInto(readme, readRecord())).toBe(readme)
  })

  it('cannot be drawn into a page without a place for it', () => {
    expect(() => drawInto('# Page', [])).toThrow('no place')
  })
})
