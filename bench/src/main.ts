import { audit } from './audit.ts'
import { blood } from './blood.ts'
import { runBench, type Bench, type BenchResult } from './bench.ts'
import { hospital } from './hospital.ts'
import { importing } from './import.ts'
import { ledgers } from './ledgers.ts'
import { load } from './reads-under-import.ts'
import { read } from './read.ts'
import { start } from './start.ts'
import { transport } from './transport.ts'
import { verify } from './verify.ts'
import { write } from './write.ts'

const benches: readonly Bench[] = [write, read, verify, importing, audit, start, transport, hospital, load, ledgers, blood]

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const json = process.argv.includes('--json')
if (process.argv.includes('--help')) {
  console.log(`pnpm bench [name ...] [--json]\n\n${benches.map(({ name, claim }) => `  ${name.padEnd(10)} ${claim}`).join('\n')}`)
} else {
  const unknown = names.filter((name) => !benches.some((bench) => bench.name === name))
  if (unknown.length > 0) {
    console.error(`There is no bench ${unknown.join(', ')}. There are: ${benches.map(({ name }) => name).join(', ')}.`)
    process.exit(2)
  }
  const results: BenchResult[] = []
  for (const bench of benches) if (names.length === 0 || names.includes(bench.name)) results.push(await runBench(bench, json ? () => {} : (line) => console.log(line)))
  if (json) console.log(JSON.stringify({ node: process.version, results }, null, 2))
}
