import { describe, expect, it } from 'vitest'
import { run } from './run.ts'

describe('knip', () => {
  it('finds no unused file, export or dependency', async () => {
    const { code, stdout, stderr } = await run('knip', ['--no-progress', '--no-config-hints'])
    expect(stdout + stderr).toBe('')
    expect(code).toBe(0)
  }, 180_000)
})
