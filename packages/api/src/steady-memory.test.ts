import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

/** Thousands of calls: the first three warm up what is made once. `pnpm faults --only 51 --full` makes more. */
const THOUSANDS = Number(process.env['CARELEDGER_FUZZ_THOUSANDS'] ?? 5)
/** What a thousand may add to the heap after it was collected: 600 bytes a call, less than any of the inputs. */
const GROWTH_MAX = 600_000

describe('an instance', () => {
  it('keeps nothing of thousands of calls that it refused', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--conditions=@careledger/source', '--no-warnings', join(import.meta.dirname, '__fixtures__/call-again-and-again.ts'), String(THOUSANDS)], { maxBuffer: 1e6 })
    const heaps = JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]') as readonly number[]
    expect(heaps).toHaveLength(THOUSANDS)
    const [warm = 0] = heaps.slice(2)
    expect(((heaps.at(-1) ?? Infinity) - warm) / (THOUSANDS - 3)).toBeLessThan(GROWTH_MAX)
  })
})
