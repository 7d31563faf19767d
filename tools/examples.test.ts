import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EXAMPLES, runExamples } from './examples.ts'
import { root } from './run.ts'

describe("a stranger's ledger adapter, and the template for one", () => {
  it('install from packed tarballs alone, type-check, and pass the whole suite', async () => {
    const { steps, ok } = await runExamples()
    const last = steps.at(-1)
    expect(ok, `${last?.name}\n${last?.outcome.stdout}\n${last?.outcome.stderr}`).toBe(true)
    for (const example of EXAMPLES) {
      const output = steps.find(({ name }) => name === `${example}: test`)?.outcome.stdout ?? ''
      expect(output, example).toMatch(/^# pass \d\d+$/m)
      expect(output, example).toMatch(/^# fail 0$/m)
      expect(output, example).toMatch(/^# skipped 0$/m)
    }
  }, 240_000)
})

describe('the guide to adding a ledger adapter', () => {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8')
  const sources = globSync('examples/custom-ledger/src/*.ts', { cwd: root }).map(read)
  const blocks = [...read('docs/guides/write-a-ledger-adapter.md').matchAll(/^```ts\n([^]*?)^```$/gm)].map((match) => match[1] ?? '')

  it('shows only code that the example has', () => {
    expect(blocks.length).toBeGreaterThan(4)
    expect(blocks.filter((block) => !sources.some((source) => source.includes(block)))).toEqual([])
  })
})
