import { performance } from 'node:perf_hooks'
import { startPostgres } from '@careledger/data-prisma/testing'
import { createStockIndex, generateBanks, planRedistribution, preferred, type MadeBanks, type Plan, type StockIndex } from '@careledger/logic'
import pg from 'pg'
import type { Bench, Reporter } from './bench.ts'
import { cpuSecondsOf, processTree } from './measure/cpu.ts'

const now = new Date('2026-11-26T08:00:00Z')
const questions = 2_000

/** Redistribution of 1,000 banks on one core; nearest banks and totals of 10,000 beside PostgreSQL with the same rows. */
export const blood: Bench = {
  name: 'blood',
  claim: 'A proved redistribution of 1,000 banks in 2 CPU-seconds; the nearest bank of 10,000 at most 1/100 of the same SQL, totals under 1 ms.',
  async run(report) {
    redistribution(report)
    const made = generateBanks({ seed: 11, count: 10_000, near: 0, now })
    const index = createStockIndex(made.places)
    const filled = process.cpuUsage()
    made.rows.forEach((row) => index.put(row))
    report.figure({ what: 'stock rows taken in', value: made.rows.length / cpuSince(filled), unit: 'rows per CPU-second' })
    totals(report, index)
    await nearest(report, index, made)
  },
}

function redistribution(report: Reporter): void {
  const made = generateBanks({ seed: 5, count: 1_000, now })
  // Once for the compiler, once for the figure; then once more for plans on the way.
  for (const counted of [false, true]) {
    const before = process.cpuUsage()
    const plan = newestOf(planRedistribution(made, { everyMs: Number.POSITIVE_INFINITY }))
    if (!plan.optimal) throw new Error('The plan was not proved.')
    if (counted) report.aim({ what: 'proved redistribution, 1,000 banks × 8 groups × 4 components', value: cpuSince(before), atMost: 2, unit: 'CPU-seconds' })
    if (counted) report.figure({ what: 'moves in it', value: plan.moves.length, unit: 'moves', note: `${Math.round(plan.gain).toLocaleString('en')} points` })
  }
  const started = performance.now()
  const first = planRedistribution(made).next().value
  report.aim({ what: 'first plan', value: performance.now() - started, atMost: 100, unit: 'ms' })
  report.note(`The first plan gains ${((100 * first.gain) / newestOf(planRedistribution(made)).gain).toFixed(0)} % of what the last one does.`)
}

function newestOf(plans: Iterable<Plan>): Plan {
  let newest: Plan | undefined
  for (const plan of plans) newest = plan
  if (newest === undefined) throw new Error('There was no plan.')
  return newest
}

function totals(report: Reporter, index: StockIndex): void {
  for (let n = 0; n < 1_000; n++) index.totals(now)
  const before = performance.now()
  for (let n = 0; n < questions; n++) index.totals(now)
  report.aim({ what: 'totals of 10,000 banks', value: (performance.now() - before) / questions, atMost: 1, unit: 'ms' })
}

/** The same question to both: the five nearest banks that hold at least eight units a patient of group A+ may be given, unexpired. */
async function nearest(report: Reporter, index: StockIndex, { places, rows }: MadeBanks): Promise<void> {
  const postgres = await startPostgres()
  const client = new pg.Client({ connectionString: await postgres.createDatabase() })
  try {
    await client.connect()
    await client.query('create table bank (bank text primary key, latitude float8 not null, longitude float8 not null)')
    await client.query('create table stock (bank text not null references bank, component text not null, blood_group text not null, expires timestamptz not null, units int not null)')
    await client.query('insert into bank select * from unnest($1::text[], $2::float8[], $3::float8[])', [places.map(({ bank }) => bank), places.map(({ latitude }) => latitude), places.map(({ longitude }) => longitude)])
    const lots = rows.flatMap(({ bank, component, group, available }) => Object.entries(available).map(([expires, units]) => ({ bank, component, group, expires, units })))
    await client.query('insert into stock select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::int[])', [lots.map(({ bank }) => bank), lots.map(({ component }) => component), lots.map(({ group }) => group), lots.map(({ expires }) => expires), lots.map(({ units }) => units)])
    await client.query('create index on stock (component, blood_group, bank) include (expires, units)')
    await client.query('analyze')
    const groups = preferred('red-cells', { group: 'A+' })
    const sql = `select b.bank from bank b join (select bank, sum(units) as units from stock where component = 'red-cells' and blood_group = any($3) and expires > $4 group by bank having sum(units) >= 8) s using (bank)
      order by 2 * 6371 * asin(sqrt(sin(radians(b.latitude - $1) / 2) ^ 2 + cos(radians($1)) * cos(radians(b.latitude)) * sin(radians(b.longitude - $2) / 2) ^ 2)) limit 5`
    const ask = (n: number) => ({ latitude: 34 + ((n * 17) % 40) / 10, longitude: 126.5 + ((n * 29) % 25) / 10 })
    const bySql = async (n: number) => (await client.query<{ bank: string }>({ name: 'nearest', text: sql, values: [ask(n).latitude, ask(n).longitude, groups, now] })).rows.map(({ bank }) => bank)
    const byIndex = (n: number) => index.nearest({ ...ask(n), component: 'red-cells', group: 'A+', units: 8, now }).map(({ bank }) => bank)
    for (let n = 0; n < 50; n++) if (JSON.stringify(await bySql(n)) !== JSON.stringify(byIndex(n))) throw new Error('The two do not agree.')
    const database = () => cpuSecondsOf(processTree(postgres.pid))
    let before = database()
    for (let n = 0; n < questions / 10; n++) await bySql(n)
    const peer = (database() - before) / (questions / 10)
    const start = process.cpuUsage()
    for (let n = 0; n < questions; n++) byIndex(n)
    const ours = cpuSince(start) / questions
    report.figure({ what: 'nearest bank with 8 compatible units, by SQL', value: peer * 1e6, unit: 'µs CPU' })
    report.figure({ what: 'the same from the stock index', value: ours * 1e6, unit: 'µs CPU' })
    report.aim({ what: 'of the SQL\'s CPU', value: ours / peer, atMost: 0.01, unit: 'of it' })
  } finally {
    await client.end()
    await postgres.stop()
  }
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
