import { describe, expect, it } from 'vitest'
import { runCustomLedger } from './custom-ledger.ts'

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
