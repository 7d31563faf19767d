import { setTimeout as pause } from 'node:timers/promises'
import { importBundle, type CareLedgerClient } from '@careledger/client'
import { fromBase64url } from '@careledger/proof'
import type { Bench, Reporter } from './bench.ts'
import { generatedBundle } from './load/generated-bundle.ts'
import { openReplay } from './load/replay.ts'
import { cpuSecondsOf, processTree } from './measure/cpu.ts'
import { preparedFor, roundMs, rounds } from './measure/rounds.ts'
import { measureThroughput, medianOf, type Throughput } from './measure/throughput.ts'
import { startPlainHospital, type PlainHospital } from './peers/plain-hospital.ts'
import { openWorld, type World } from './world.ts'

const callers = 16
const charts = 20
const resourcesEach = 300
const aim = 5
const reader = 'staff-5d81c6'
/** Operations of each before anything counts, as in `write` and `read`: V8 goes on making both servers' code faster for about as long. */
const warmUpOperations = 3_000

/** `BENCH_PARTS=search,export`: only these; the charts are imported in any case. */
const only = process.env['BENCH_PARTS']?.split(',')
const isAsked = (what: string): boolean => only === undefined || only.includes(what)

interface Chart { readonly patient: string; readonly fhirId: string }

/** Each question once to ours and once to the plain hospital, over charts of the same resources. */
const questions = [
  { what: 'search', title: 'a search for one code of one patient, 50 found', ours: (client: CareLedgerClient, { fhirId }: Chart) => client.hospital.fhir.search.query({ type: 'Observation', parameters: [['patient', fhirId], ['code', '8867-4'], ['_count', '50']] }), answered: (body: Buffer) => body.includes('"lastUpdated"') },
  { what: 'everything', title: '$everything, the first 100', ours: (client: CareLedgerClient, { fhirId }: Chart) => client.hospital.fhir.everything.query({ id: fhirId, count: 100 }), answered: (body: Buffer) => body.includes('"lastUpdated"') },
  { what: 'timeline', title: 'the timeline, its first 50', ours: (client: CareLedgerClient, { patient }: Chart) => client.hospital.chart.timeline.query({ patient, limit: 50 }), answered: (body: Buffer) => body.includes('"visits":[{') },
] as const

/** A hospital's everyday reading and writing beside the same by HTTP, jose and Prisma alone, in turns on one PostgreSQL. */
export const hospital: Bench = {
  name: 'hospital',
  claim: 'Search, $everything, timeline, import and export: 5 times a plain Prisma implementation of the same, which signs, seals and proves nothing.',
  async run(report) {
    const world = await openWorld()
    try {
      const plain = await startPlainHospital(world)
      let doctor = await world.as(reader)
      const found = await importBoth(world, plain, doctor.client, report)
      for (const question of questions.filter(({ what }) => isAsked(what))) {
        const [first] = found
        if (first !== undefined) await question.ours(doctor.client, first)
        const replay = openReplay(world, { make: (n) => doctor.record((client) => question.ours(client, found[n % found.length] as Chart)), answered: question.answered })
        // A nonce of the server is good for some minutes, and requests that are only recorded learn of no new one: each round signs in anew.
        await compare(world, plain, question, { ...replay, prepare: async (count) => { doctor = await world.as(reader); await replay.prepare(count) } }, found, report)
      }
      if (isAsked('export')) await exportBoth(world, plain, doctor.client, found, report)
      report.note('CPU counts each server and PostgreSQL. Every read of ours checks token and proof of possession, decides, opens what is sealed and leaves its')
      report.note('decision; the plain hospital checks a token and a grant and leaves a row.')
    } finally {
      await world.close()
    }
  },
}

const databaseSeconds = (world: World): number => cpuSecondsOf(processTree(world.postgresPid))
const cpuOf = (world: World, pid: number) => () => cpuSecondsOf([pid]) + databaseSeconds(world)

/** Brings the same bundles in at both and gives the charts. */
async function importBoth(world: World, plain: PlainHospital, client: CareLedgerClient, report: Reporter): Promise<readonly Chart[]> {
  const found: Chart[] = []
  const spent = { ours: { seconds: 0, cpu: 0, database: 0 }, plain: { seconds: 0, cpu: 0, database: 0 } }
  await importBundle(client, generatedBundle(50))
  for (let n = 0; n < charts; n++) {
    const bundle = generatedBundle(resourcesEach - 1)
    const fhirId = (JSON.parse(new TextDecoder().decode(bundle)) as { readonly entry: readonly { readonly resource: { readonly id: string } }[] }).entry[0]?.resource.id ?? ''
    const patient = await spend(spent.ours, world, world.app.pid, async () => (await importBundle(client, bundle)).patient)
    await spend(spent.plain, world, plain.pid, () => plain.importBundle(fhirId, bundle))
    found.push({ patient, fhirId })
  }
  tell(report, 'import, one bundle after the other', 'resources', charts * resourcesEach, spent)
  return found
}

async function compare(world: World, plain: PlainHospital, { what, title }: (typeof questions)[number], replay: ReturnType<typeof openReplay>, found: readonly Chart[], report: Reporter): Promise<void> {
  const results: { readonly ours: Throughput[]; readonly plain: Throughput[] } = { ours: [], plain: [] }
  const database = { seconds: 0, operations: 0 }
  const askPlain = async (client: number, n: number): Promise<void> => void (await plain.ask(client, what, (found[(client * 7 + n) % found.length] as Chart).fhirId))
  // A proof of possession is good for a minute.
  for (let done = 0; done < warmUpOperations; done += 500) {
    await replay.prepare(500)
    await replay.connect(callers)
    await Promise.all(Array.from({ length: callers }, async (_, client) => { while ((await replay.send(client)) !== false); }))
  }
  await plain.connect(callers)
  await Promise.all(Array.from({ length: callers }, async (_, client) => { for (let n = 0; n < warmUpOperations / callers; n++) await askPlain(client, n) }))
  for (let round = 0; round <= rounds; round++) {
    await replay.prepare(preparedFor(results.ours.at(-1)?.perSecond))
    await plain.connect(callers)
    const peer = await measureThroughput({ clients: callers, forMs: roundMs, cpuSeconds: cpuOf(world, plain.pid), operation: askPlain })
    await replay.connect(callers)
    const databaseBefore = databaseSeconds(world)
    const mine = await measureThroughput({ clients: callers, forMs: roundMs, cpuSeconds: cpuOf(world, world.app.pid), operation: (client) => replay.send(client) })
    if (round === 0) continue
    results.ours.push(mine)
    database.seconds += databaseSeconds(world) - databaseBefore
    database.operations += mine.operations
    results.plain.push(peer)
  }
  const [o, p] = [medianOf(results.ours, 'perCpuSecond'), medianOf(results.plain, 'perCpuSecond')]
  for (const [who, one] of [['ours', o], ['plain', p]] as const) report.figure({ what: `${title}: ${who}`, value: one.perSecond, unit: '/s', note: `${Math.round(1e6 / one.perCpuSecond)} µs CPU each, p50 ${one.p50Ms.toFixed(0)} ms, p99 ${one.p99Ms.toFixed(0)} ms` })
  report.note(`${what}, ours: ${Math.round((database.seconds * 1e6) / database.operations)} µs of that CPU are PostgreSQL's.`)
  report.aim({ what: `${what}, ours to plain, per CPU-second`, value: o.perCpuSecond / p.perCpuSecond, atLeast: aim, unit: '×' })
}

async function exportBoth(world: World, plain: PlainHospital, client: CareLedgerClient, found: readonly Chart[], report: Reporter): Promise<void> {
  const spent = { ours: { seconds: 0, cpu: 0, database: 0 }, plain: { seconds: 0, cpu: 0, database: 0 } }
  const mine = await spend(spent.ours, world, world.app.pid, () => exportAll(client))
  await plain.connect(1)
  const theirs = await spend(spent.plain, world, plain.pid, async () => {
    let lines = 0
    for (const { fhirId } of found) lines += countLines(await plain.ask(0, 'export', fhirId))
    return lines
  })
  if (mine < theirs) throw new Error(`${mine} resources were exported, and ${theirs} by the plain hospital.`)
  spent.plain.seconds *= mine / theirs
  spent.plain.cpu *= mine / theirs
  spent.plain.database *= mine / theirs
  tell(report, 'export of all as NDJSON', 'resources', mine, spent)
}

/** A bulk export from its start to the last byte of its files; the lines in them. */
async function exportAll(client: CareLedgerClient): Promise<number> {
  const { id } = await client.hospital.exports.start.mutate({ scope: 'custodian', url: 'http://127.0.0.1/fhir/r4/Patient/$export' })
  for (;;) {
    const status = await client.hospital.exports.status.query({ id })
    if (status.state === 'failed') throw new Error(`The export failed: ${status.problem ?? ''}.`)
    if (status.state === 'running') {
      await pause(20)
      continue
    }
    let lines = 0
    for (const { type, parts } of status.files) for (let part = 0; part < parts; part++) lines += countLines(fromBase64url((await client.hospital.exports.part.query({ id, type, part })).lines))
    return lines
  }
}

function countLines(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0)
}

interface Spent { seconds: number; cpu: number; database: number }

async function spend<T>(spent: Spent, world: World, pid: number, work: () => Promise<T>): Promise<T> {
  const [began, own, database] = [performance.now(), cpuSecondsOf([pid]), databaseSeconds(world)]
  const value = await work()
  const [ownSpent, databaseSpent] = [cpuSecondsOf([pid]) - own, databaseSeconds(world) - database]
  spent.seconds += (performance.now() - began) / 1000
  spent.cpu += ownSpent + databaseSpent
  spent.database += databaseSpent
  return value
}

function tell(report: Reporter, title: string, unit: string, count: number, spent: { readonly ours: Spent; readonly plain: Spent }): void {
  for (const who of ['ours', 'plain'] as const) report.figure({ what: `${title}: ${who}`, value: count / spent[who].seconds, unit: `${unit}/s`, note: `${Math.round((spent[who].cpu * 1e6) / count)} µs CPU each, ${Math.round((spent[who].database * 1e6) / count)} of it PostgreSQL's` })
  report.aim({ what: `${title}, ours to plain, CPU`, value: spent.plain.cpu / spent.ours.cpu, atLeast: aim, unit: '×' })
}
