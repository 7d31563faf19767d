import { describe, expect, it } from 'vitest'
import { DATA_STORE_CLAUSES, DOCUMENT_STORE_CLAUSES, dataStoreTests, documentStoreTests } from './index.ts'

describe.each([
  ['DataStore', dataStoreTests, DATA_STORE_CLAUSES],
  ['DocumentStore', documentStoreTests, DOCUMENT_STORE_CLAUSES],
] as const)('the suite of the %s port', (_port, tests, clauses) => {
  it('has a test for every clause, and no clause that is not listed', () => {
    const named = new Set(tests.flatMap(({ title }) => [...title.matchAll(/\[([a-z]+-\d+)\]/g)].map(([, clause]) => clause)))
    expect([...named].sort()).toEqual([...clauses].sort())
  })

  it('names every test differently', () => {
    expect(new Set(tests.map(({ title }) => title)).size).toBe(tests.length)
  })
})
