// `pnpm conformance [--json] [--record] [file ...]`: every adapter's run of its port's suite, as one table or one JSON document. Exit 1 when a
// clause fails. Live tests run too where their environment says so. `--record` keeps the runs of ledgers in docs/conformance.json, each beside
// the day, and draws the README's table of them anew.
import { globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { record } from './conformance-record.ts'
import { root, run } from './run.ts'

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly { readonly ancestorTitles: readonly string[]; readonly title: string; readonly status: string; readonly failureMessages?: readonly string[] | null }[]
  }[]
}

export interface AdapterResult {
  readonly port: string
  readonly adapter: string
  readonly clauses: { readonly passed: readonly string[]; readonly failed: readonly string[] }
  readonly tests: { readonly passed: number; readonly failed: number; readonly skipped: number }
  readonly failures: readonly { readonly title: string; readonly message: string }[]
}

type Test = Report['testResults'][number]['assertionResults'][number]

/** Titles that the suites give themselves: `Ledger port v1: in-memory`. */
const SUITE = /^(\w+ port v\d+): (.+)$/
const CLAUSE = /\[([a-z]+-\d+)\]/g

const { values: options, positionals: files } = readArguments()

const report = join(root, 'node_modules/.cache/conformance-report.json')
mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
rmSync(report, { force: true })
const vitest = await run('vitest', ['run', '--reporter=json', `--outputFile=${report}`, '--testNamePattern=port v\\d+: ', ...conformanceFiles(files)])
const { adapters, broken } = readReport()
const failed = broken.length + adapters.reduce((sum, adapter) => sum + adapter.tests.failed, 0)
const ok = vitest.code === 0 && failed === 0 && adapters.length > 0

if (options.record && ok) record(adapters)
if (options.json) console.log(JSON.stringify({ ok, adapters, broken }, null, 2))
else print()
process.exitCode = ok ? 0 : 1

function readArguments() {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false }, record: { type: 'boolean', default: false } }, allowPositionals: true })
  } catch (error) {
    console.error(`pnpm conformance [--json] [--record] [file ...]; ${(error as Error).message}`)
    process.exit(2)
  }
}

/** Test files that hand an adapter to a suite, those whose path holds one of `parts` if there are any; the suites' own tests of themselves are left out. */
function conformanceFiles(parts: readonly string[]): readonly string[] {
  return globSync('packages/**/*.test.ts', { cwd: root, exclude: (path) => path.includes('node_modules') || path.endsWith('conformance') })
    .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)))
    .filter((path) => /\w+Conformance\(/.test(readFileSync(join(root, path), 'utf8')))
    .sort()
}

function readReport(): { readonly adapters: readonly AdapterResult[]; readonly broken: readonly string[] } {
  let parsed: Report
  try {
    parsed = JSON.parse(readFileSync(report, 'utf8')) as Report
  } catch {
    return { adapters: [], broken: [vitest.stderr.trim() || 'vitest wrote no report'] }
  }
  const bySuite = new Map<string, Test[]>()
  const broken: string[] = []
  for (const file of parsed.testResults) {
    if (file.status === 'failed' && file.assertionResults.length === 0) broken.push(`${file.name.replace(root, '')}: ${file.message ?? ''}`)
    for (const test of file.assertionResults) {
      const suite = test.ancestorTitles.find((title) => SUITE.test(title))
      if (suite !== undefined) bySuite.set(suite, [...(bySuite.get(suite) ?? []), test])
    }
  }
  const ran = [...bySuite].filter(([, tests]) => tests.some(({ status }) => status === 'passed' || status === 'failed'))
  return { adapters: ran.sort(([a], [b]) => (a < b ? -1 : 1)).map(([suite, tests]) => summarise(suite, tests)), broken }
}

/** A clause holds when every test that carries its id passed. */
function summarise(suite: string, tests: readonly Test[]): AdapterResult {
  const [, port = '', adapter = ''] = SUITE.exec(suite) ?? []
  const clausesOf = (chosen: readonly Test[]): readonly string[] => [...new Set(chosen.flatMap(({ title }) => [...title.matchAll(CLAUSE)].map((match) => match[1] ?? '')))].sort()
  const passed = tests.filter(({ status }) => status === 'passed')
  const failed = tests.filter(({ status }) => status === 'failed')
  const failedClauses = clausesOf(failed)
  return {
    port,
    adapter,
    clauses: { passed: clausesOf(passed).filter((clause) => !failedClauses.includes(clause)), failed: failedClauses },
    tests: { passed: passed.length, failed: failed.length, skipped: tests.length - passed.length - failed.length },
    failures: failed.map(({ title, failureMessages }) => ({ title, message: failureMessages?.[0]?.split('\n')[0] ?? '' })),
  }
}

function print(): void {
  const rows = adapters.map(({ port, adapter, clauses, tests }) => [port, adapter, String(clauses.passed.length), clauses.failed.join(' ') || '0', `${tests.passed}/${tests.passed + tests.failed}`, String(tests.skipped)])
  const table = [['port', 'adapter', 'clauses passed', 'clauses failed', 'tests passed', 'skipped'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  for (const row of table) console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd())
  for (const { port, adapter, failures } of adapters) for (const { title, message } of failures) console.log(`\n${port}: ${adapter}\n  ${title}\n  ${message}`)
  for (const problem of broken) console.log(`\ncould not run ${problem}`)
}
