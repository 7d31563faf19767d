import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { MUTANTS } from './__fixtures__/mutants.ts'

describe('the decision point without any one of its rules', () => {
  it('does otherwise than the rules say, and with all of them it does not', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@careledger/source', '--no-warnings', join(import.meta.dirname, '__fixtures__/try-mutants.ts')])
    const found = JSON.parse(stdout) as Readonly<Record<string, readonly string[]>>
    expect(found['none']).toEqual([])
    expect(Object.keys(found)).toHaveLength(MUTANTS.length + 1)
    expect(MUTANTS.filter(({ name }) => found[name]?.length === 0 || found[name]?.some((what) => what.startsWith('ended:')) !== false).map(({ name }) => [name, found[name]])).toEqual([])
  })
})
