import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { merged, type PageSource } from './merged.ts'

const pagesOf = (keys: readonly string[], size: number, ascending: boolean): PageSource<string> => {
  const sorted = [...keys].sort((a, b) => ((ascending ? a < b : a > b) ? -1 : 1))
  return async (after) => {
    const rest = sorted.filter((key) => after === undefined || (ascending ? key > after : key < after))
    const rows = rest.slice(0, size)
    return rest.length > size ? { rows, next: rows.at(-1) } : { rows }
  }
}
const collect = async (items: AsyncIterable<string>): Promise<string[]> => {
  const found: string[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('merging ordered sources', () => {
  it('gives every key once, in order, whatever the sources, page sizes and resuming point', async () => {
    const key = fc.stringMatching(/^[0-9a-f]{1,3}$/)
    await fc.assert(fc.asyncProperty(fc.array(fc.uniqueArray(key), { maxLength: 5 }), fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.option(key, { nil: undefined }), async (sources, size, ascending, after) => {
      const expected = [...new Set(sources.flat())].filter((each) => after === undefined || (ascending ? each > after : each < after)).sort()
      const found = await collect(merged(sources.map((keys) => pagesOf(keys, size, ascending)), { keyOf: (each) => each, after, ascending }))
      expect(found).toEqual(ascending ? expected : expected.reverse())
    }))
  })
})
