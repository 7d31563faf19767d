import { describe, expect, it } from 'vitest'
import { run } from './run.ts'

describe('types', () => {
  it('of the whole repository check from sources, without a build', async () => {
    const { code, stdout } = await run('tsc', ['-p', 'tsconfig.json'])
    expect(stdout).toBe('')
    expect(code).toBe(0)
  }, 180_000)
})
