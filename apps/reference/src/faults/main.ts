/**
 * `pnpm faults`: makes the sixty faults of docs/faults.md, each on every ledger that it can be made on, and checks the seven invariants
 * after each. `--only 1,7-9` these; `--on anvil` this ledger; `--seeds 20`; `--kills 200`; `--no-tests` without those that tests make; `--full` with the
 * counts of the full list for those that tests make (200 sequences, 1,000 inputs an operation, 10,000 requests); `--json`.
 */
import { parseArgs } from 'node:util'
import { startAnvilNode, startFabricNode, startJournal, startMultiChainNode } from '../testing/ledgers/index.ts'
import type { LedgerNode, LedgerNodeOptions } from '../testing/ledgers/ledger-node.ts'
import { INVARIANTS } from './assert-world.ts'
import { FAULTS } from './faults.ts'
import { LEDGERS, type Fault, type FaultOptions, type LedgerName } from './fault.ts'
import { createFaultWorld } from './fault-world.ts'
import { runTests } from './run-tests.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' }, on: { type: 'string', multiple: true }, seeds: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' }, kills: { type: 'string', default: '20' }, away: { type: 'string', default: '4000' },
    recovery: { type: 'string', default: '5000' }, tests: { type: 'boolean', default: true }, full: { type: 'boolean', default: false }, json: { type: 'boolean', default: false },
  },
  allowNegative: true,
})

const nodes: Readonly<Record<LedgerName, (options: LedgerNodeOptions) => Promise<LedgerNode>>> = { 'in-memory': startJournal, anvil: startAnvilNode, fabric: startFabricNode, multichain: startMultiChainNode }

/** Counts of the full list, for the tests that take them. */
const FULL = { CARELEDGER_MODEL_RUNS: '200', CARELEDGER_FUZZ_RUNS: '1000', CARELEDGER_FUZZ_REQUESTS: '10000', CARELEDGER_FUZZ_THOUSANDS: '20' }

/** What one fault came to in one place. */
interface Row {
  readonly fault: number
  readonly title: string
  readonly on: string
  readonly seed?: number
  readonly outcome: 'passed' | 'failed' | 'not run'
  readonly detail: string
}

const options: FaultOptions = { recoveryMaxMs: Number(values.recovery), kills: Number(values.kills), awayMs: Number(values.away) }
const chosen = FAULTS.filter(({ number }) => inRanges(values.only, number))
const ledgers = (values.on ?? LEDGERS).filter((name): name is LedgerName => (LEDGERS as readonly string[]).includes(name))
const rows: Row[] = []
const add = (row: Row): void => {
  rows.push(row)
  if (!values.json) console.log(`${row.outcome === 'passed' ? '✓' : row.outcome === 'failed' ? '✗' : '–'} ${String(row.fault).padStart(2)} ${row.on.padEnd(10)} ${row.title}${row.seed === undefined ? '' : ` (seed ${row.seed})`}: ${row.detail}`)
}

for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.seeds); seed++) for (const ledger of ledgers) await tryOn(ledger, seed)
if (values.tests) await tested()
summarise()

/** One instance on one ledger takes one fault after another, as a real one would; after a failure the next begins on a new one. */
async function tryOn(ledger: LedgerName, seed: number): Promise<void> {
  const tried = chosen.flatMap((fault) => ('try' in fault.check ? [{ fault, check: fault.check }] : []))
  let world: Awaited<ReturnType<typeof createFaultWorld>> | undefined
  const drop = async (): Promise<void> => {
    await world?.end()
    world = undefined
  }
  for (const { fault, check } of tried) {
    if (check.on !== undefined && !check.on.includes(ledger)) {
      if (seed === Number(values.seed)) add({ ...about(fault, ledger), outcome: 'not run', detail: check.notElsewhere ?? '' })
      continue
    }
    try {
      world ??= await createFaultWorld({ ledger, startNode: nodes[ledger], seed })
      add({ ...about(fault, ledger), seed, outcome: 'passed', detail: await check.try(world, options) })
    } catch (error) {
      add({ ...about(fault, ledger), seed, outcome: 'failed', detail: sentenceOf(error) })
      await drop()
    }
  }
  await drop()
}

async function tested(): Promise<void> {
  const faults = chosen.flatMap((fault) => ('tests' in fault.check ? [{ fault, tests: fault.check.tests }] : []))
  const files = [...new Set(faults.flatMap(({ tests }) => tests.map(({ file }) => file)))]
  if (files.length === 0) return
  const outcomeOf = await runTests(files, values.full ? FULL : {})
  for (const { fault, tests } of faults) {
    const outcomes = tests.map(({ file, title }) => outcomeOf(file, title))
    const outcome = outcomes.includes('failed') ? 'failed' : outcomes.includes('not run') ? 'not run' : 'passed'
    add({ ...about(fault, 'tests'), outcome, detail: tests.map(({ file, title }, at) => `${outcomes[at]}: ${file}: ${title}`).join('; ') })
  }
}

function about({ number, title }: Fault, on: string): Pick<Row, 'fault' | 'title' | 'on'> {
  return { fault: number, title, on }
}

function summarise(): void {
  const count = (outcome: Row['outcome']): number => rows.filter((row) => row.outcome === outcome).length
  if (values.json) console.log(JSON.stringify({ options, rows }, null, 2))
  else {
    console.log(`\n${'fault'.padEnd(64)}${[...ledgers, 'tests'].map((name) => name.padEnd(12)).join('')}`)
    for (const fault of chosen) console.log(`${`${fault.number} ${fault.title}`.slice(0, 62).padEnd(64)}${[...ledgers, 'tests'].map((name) => cell(fault.number, name).padEnd(12)).join('')}`)
    console.log(`\nChecked after each fault made here: ${Object.entries(INVARIANTS).map(([name, words]) => `${name} ${words}`).join('; ')}.`)
    console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${count('not run')} not run`)
  }
  if (count('failed') > 0) process.exitCode = 1
}

function cell(number: number, on: string): string {
  const own = rows.filter((row) => row.fault === number && row.on === on)
  if (own.length === 0) return ''
  if (own.some(({ outcome }) => outcome === 'failed')) return 'FAILED'
  return own.every(({ outcome }) => outcome === 'not run') ? 'not run' : 'passed'
}

function sentenceOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n').slice(0, 6).join(' ').slice(0, 400)
}

function inRanges(text: string | undefined, number: number): boolean {
  return text === undefined || text.split(',').some((part) => {
    const [from, to = from] = part.split('-').map(Number)
    return from !== undefined && to !== undefined && number >= from && number <= to
  })
}

