import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCustomLedger } from './custom-ledger.ts'
import { root } from './run.ts'

describe("a stranger's ledger adapter", () => {
  it('installs from packed tarballs alone, type-checks, and passes the whole suite', async () => {
    const { steps, ok } = await runCustomLedger()
    const last = steps.at(-1)
    expect(ok, `${last?.name}\n${last?.outcome.stdout}\n${last?.outcome.stderr}`).toBe(true)
    expect(last?.outcome.stdout).toMatch(/^# pass \d\d+$/m)
    expect(last?.outcome.stdout).toMatch(/^# fail 0$/m)
    expect(last?.outcome.stdout).toMatch(/^# skipped 0$/m)
  }, 180_000)
})

describe('the guide to adding a ledger adapter', () => {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8')
  const sources = globSync('examples/custom-ledger/src/*.ts', { cwd: root }).map(read)
  const blocks = [...read('docs/guides/add-a-ledger-adapter.md').matchAll(/^```ts\n([^]*?)^```$/gm)].map((match) => match[1] ?? '')

  it('shows only code that the example has', () => {
    expect(blocks.length).toBeGreaterThan(4)
    expect(blocks.filter((block) => !sources.some((source) => source.includes(block)))).toEqual([])
  })
})
