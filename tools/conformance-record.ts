// The record of conformance runs in docs/conformance.json, and the README's table, which is drawn from it and from nothing else.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AdapterResult } from './conformance.ts'
import { root } from './run.ts'

/** One run of the suite of the Ledger port. */
export interface ConformanceRun {
  /** The suite's own name of it: the ledger, then what it was run against. */
  readonly adapter: string
  /** `YYYY-MM-DD`. */
  readonly on: string
  readonly tests: number
  readonly passed: readonly string[]
  readonly failed: readonly string[]
}

const LEDGERS = { 'in-memory': 'In-memory', 'ethereum': 'Ethereum', 'fabric': 'Fabric', 'hydrachain': 'HydraChain', 'multichain': 'MultiChain' } as const
const BEGIN = '<!-- conformance: drawn by `pnpm conformance --record` -->'
const END = '<!-- /conformance -->'
const recordPath = join(root, 'docs/conformance.json')
const readmePath = join(root, 'README.md')

export function readRecord(): readonly ConformanceRun[] {
  return existsSync(recordPath) ? (JSON.parse(readFileSync(recordPath, 'utf8')) as ConformanceRun[]) : []
}

/** Keeps the runs of ledgers among `results`, each instead of the former run of the same name, and draws the table. */
export function record(results: readonly AdapterResult[]): void {
  const on = new Date().toISOString().slice(0, 10)
  const runs = results.filter(({ port }) => port.startsWith('Ledger')).map(({ adapter, clauses, tests }): ConformanceRun => ({
    adapter, on, tests: tests.passed, passed: clauses.passed, failed: clauses.failed,
  }))
  const all = [...readRecord().filter(({ adapter }) => !runs.some((run) => run.adapter === adapter)), ...runs].sort((a, b) => (a.adapter < b.adapter ? -1 : 1))
  writeFileSync(recordPath, `${JSON.stringify(all, null, 2)}\n`)
  writeFileSync(readmePath, drawInto(readFileSync(readmePath, 'utf8'), all))
}

/** `readme` with the table of `runs` between its two marks. Error when it has no marks. */
export function drawInto(readme: string, runs: readonly ConformanceRun[]): string {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)]
  if (from < 0 || to < from) throw new Error('The README has no place for the conformance table.')
  return `${readme.slice(0, from)}${BEGIN}\n${draw(runs)}\n${readme.slice(to)}`
}

function draw(runs: readonly ConformanceRun[]): string {
  const ledgers = Object.entries(LEDGERS).map(([kind, name]) => ({ name, runs: runs.filter(({ adapter }) => ledgerOf(adapter) === kind) })).filter((ledger) => ledger.runs.length > 0)
  const clauses = [...new Set(runs.flatMap(({ passed, failed }) => [...passed, ...failed]))].sort(byClause)
  return [
    '| ledger | run against | tests passed | clauses passed | when |',
    '|---|---|---:|---:|---|',
    ...ledgers.flatMap(({ name, runs: own }) => own.map((run) => `| ${name} | ${againstOf(run.adapter)} | ${run.tests} | ${run.passed.length} of ${run.passed.length + run.failed.length} | ${run.on} |`)),
    '',
    '<details><summary>Every clause, on every ledger</summary>',
    '',
    `| clause | ${ledgers.map(({ name }) => name).join(' | ')} |`,
    `|---|${ledgers.map(() => ':-:|').join('')}`,
    ...clauses.map((clause) => `| ${clause} | ${ledgers.map(({ runs: own }) => cell(clause, own)).join(' | ')} |`),
    '',
    'Passed in all recorded runs of a ledger: ✓; in some: how many of how many.',
    '</details>',
  ].join('\n')
}

function cell(clause: string, runs: readonly ConformanceRun[]): string {
  const passed = runs.filter((run) => run.passed.includes(clause)).length
  return passed === runs.length ? '✓' : `${passed} of ${runs.length}`
}

/** `fabric, gateway client on a test peer` is of `fabric`. */
function ledgerOf(adapter: string): string {
  return /^[a-z-]+/.exec(adapter)?.[0] ?? adapter
}

function againstOf(adapter: string): string {
  const rest = adapter.slice(ledgerOf(adapter).length).replace(/^(?:,| on)? ?/, '')
  return rest === '' ? 'itself' : rest
}

/** By name, then by number. */
function byClause(a: string, b: string): number {
  const [nameA = '', numberA = ''] = a.split('-')
  const [nameB = '', numberB = ''] = b.split('-')
  return nameA === nameB ? Number(numberA) - Number(numberB) : nameA < nameB ? -1 : 1
}
