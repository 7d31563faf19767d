import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const repository = join(import.meta.dirname, '../../../..')

interface Report {
  readonly testResults: readonly { readonly name: string; readonly assertionResults: readonly { readonly title: string; readonly status: string }[] }[]
}

/** What became of the tests that a title means, in one file: every case of a table counts. */
export type TestOutcome = 'passed' | 'failed' | 'not run'

/** Runs test files once and says what became of each title. */
export async function runTests(files: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<(file: string, title: string) => TestOutcome> {
  const directory = mkdtempSync(join(tmpdir(), 'careledger-fault-tests-'))
  const out = join(directory, 'report.json')
  const child = spawn(process.execPath, [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', ...files, '--reporter=json', `--outputFile=${out}`], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } })
  await once(child, 'close')
  const { testResults } = JSON.parse(readFileSync(out, 'utf8')) as Report
  rmSync(directory, { recursive: true })
  return (file, title) => {
    const pattern = titlePattern(title)
    const found = testResults.filter(({ name }) => name.endsWith(file)).flatMap(({ assertionResults }) => assertionResults).filter((one) => pattern.test(one.title))
    if (found.some(({ status }) => status === 'failed')) return 'failed'
    return found.some(({ status }) => status === 'passed') ? 'passed' : 'not run'
  }
}

/** The titles that a declared one means: a table's `%s` is anything, and a title made of figures is known by its end. */
function titlePattern(title: string): RegExp {
  return new RegExp(`${title.split(/%[a-z]/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`)
}
