import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './run.ts'

/**
 * Around each vitest run: a folder for what tests of several files make once and copy (`CARELEDGER_TEST_RUN`), and Node's cache of compiled
 * modules, so that the processes that tests start do not compile the same sources again. Workers and their children inherit both.
 */
export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'careledger-test-run-'))
  process.env['CARELEDGER_TEST_RUN'] = directory
  process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/compiled')
  return () => rmSync(directory, { recursive: true, force: true })
}
