// `pnpm test`: every test and gate of the repository in one vitest run; the last line is `N passed, N failed`.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run.ts'

interface Report { readonly numPassedTests: number; readonly numFailedTests: number; readonly numPendingTests: number; readonly numFailedTestSuites: number }

const report = join(root, 'node_modules/.cache/test-report.json')
mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
rmSync(report, { force: true })
const code = await new Promise<number>((resolve) => {
  const vitest = spawn(join(root, 'node_modules/.bin/vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)], {
    cwd: root, stdio: ['ignore', 'inherit', 'inherit'],
  })
  vitest.on('close', (status) => resolve(status ?? 1))
  vitest.on('error', () => resolve(1))
})
const { passed, failed, skipped } = count()
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = code === 0 && failed === 0 && passed > 0 ? 0 : 1

/** A suite that could not be loaded, an error outside a test and a run without a report each count as a failure. */
function count() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8')) as Report
    const failures = numFailedTests > 0 ? numFailedTests : numFailedTestSuites
    return { passed: numPassedTests, failed: failures === 0 && code !== 0 ? 1 : failures, skipped: numPendingTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}
