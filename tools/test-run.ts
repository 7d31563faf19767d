import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CanaryFound } from './canary/find-canaries.ts'
import { findingsFile } from './canary/watch-removals.ts'
import { root } from './run.ts'

/**
 * Around each vitest run: a folder for what tests of several files make once and copy (`CARELEDGER_TEST_RUN`), and Node's cache of compiled
 * modules, so that the processes that tests start do not compile the same sources again. Workers and their children inherit both. At its end
 * the run fails where a patient's word was found in an instance that a test left or removed.
 */
export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'careledger-test-run-'))
  process.env['CARELEDGER_TEST_RUN'] = directory
  process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/compiled')
  return () => {
    const found = canaryFindings(directory)
    rmSync(directory, { recursive: true, force: true })
    if (found.length === 0) return
    console.error(`A test patient's words stand in the clear:\n${found.join('\n')}`)
    process.exitCode = 1
  }
}

/** What workers noted, one line each. */
export function canaryFindings(run: string): readonly string[] {
  const file = findingsFile(run)
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as CanaryFound).map(({ word, file: where }) => `${word} in ${where}`)
}
