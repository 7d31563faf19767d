import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const data = new URL('../../', import.meta.url)
const guide = readFileSync(new URL('../../../../docs/guides/add-a-data-store.md', import.meta.url), 'utf8')
const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = '']) => block)

it('every example of the guide stands in a store that is compiled and tested', () => {
  const sources = globSync('{in-memory,prisma}/src/**/*.ts', { cwd: data }).map((path) => readFileSync(new URL(path, data), 'utf8'))
  expect(blocks.length).toBeGreaterThan(3)
  expect(blocks.filter((block) => !sources.some((source) => source.includes(block)))).toEqual([])
})
