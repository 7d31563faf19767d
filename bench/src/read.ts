import { giveConsent } from '@careledger/client'
import pg from 'pg'
import type { Bench } from './bench.ts'
import { openRawSockets, type RawSockets } from './load/raw-sockets.ts'
import { cpuSecondsOf, processTree } from './measure/cpu.ts'
import { measureThroughput, medianOf, type Throughput } from './measure/throughput.ts'
import { observation } from './observation.ts'
import { createBarePostgres } from './peers/bare-postgres.ts'
import { openWorld, type World } from './world.ts'

const clients = 64
const roundMs = 4_000
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3)
const preparedMin = 4_000

/** A consented read: token and proof of possession checked, consent decided in one snapshot, decision durable, payload opened and compared. */
export const read: Bench = {
  name: 'read',
  claim: 'Consented read with its durable decision record, 64 clients: at least half the throughput per CPU-second of a bare select.',
  async run(report) {
    const world = await openWorld()
    try {
      const ours = await prepareOurs(world)
      const bare = await createBarePostgres(world.connectionString, clients)
      world.onClose(() => bare.close())
      for (let n = 0; n < 1000; n++) await bare.insert(observation)
      const database = () => cpuSecondsOf(processTree(world.postgresPid))
      const server = () => cpuSecondsOf([world.app.pid])
      const mine: Throughput[] = []
      const select: Throughput[] = []
      let shares = { server: 0, database: 0, reads: 0 }
      for (let round = 0; round <= rounds; round++) {
        await ours.prepare(Math.max(preparedMin, Math.ceil((mine.at(-1)?.perSecond ?? 0) * (roundMs / 1000) * 1.4)))
        const peer = await measureThroughput({ clients, forMs: roundMs, cpuSeconds: () => cpuSecondsOf([process.pid]) + database(), operation: (client, n) => bare.select(client * 7919 + n) })
        await ours.connect()
        const before = { server: server(), database: database() }
        const own = await measureThroughput({ clients, forMs: roundMs, cpuSeconds: () => server() + database(), operation: (client) => ours.read(client) })
        if (round === 0) continue
        mine.push(own)
        select.push(peer)
        shares = { server: shares.server + server() - before.server, database: shares.database + database() - before.database, reads: shares.reads + own.operations }
      }
      const [o, s] = [medianOf(mine, 'perCpuSecond'), medianOf(select, 'perCpuSecond')]
      report.figure({ what: 'CareLedger: consented read over HTTP', value: o.perSecond, unit: 'reads/s', note: `${Math.round(1e6 / o.perCpuSecond)} µs CPU each, p50 ${o.p50Ms.toFixed(0)} ms, p99 ${o.p99Ms.toFixed(0)} ms` })
      report.figure({ what: 'bare select by pg', value: s.perSecond, unit: 'reads/s', note: `${Math.round(1e6 / s.perCpuSecond)} µs CPU each, p50 ${s.p50Ms.toFixed(0)} ms, p99 ${s.p99Ms.toFixed(0)} ms` })
      report.figure({ what: 'ours, CPU of the server for each read', value: (shares.server * 1e6) / shares.reads, unit: 'µs' })
      report.figure({ what: 'ours, CPU of PostgreSQL for each read', value: (shares.database * 1e6) / shares.reads, unit: 'µs' })
      report.aim({ what: 'ours to the select, per CPU-second', value: o.perCpuSecond / s.perCpuSecond, atLeast: 0.5, unit: '×' })
      const decided = await ours.decided()
      if (decided.rows < decided.reads) throw new Error(`${decided.reads} reads left ${decided.rows} decisions.`)
      report.note(`${decided.reads} reads were answered, and each left its decision in the store before it was.`)
    } finally {
      await world.close()
    }
  },
}

/** A doctor of another hospital, with the patient's consent; every request with a proof of possession of its own, made before the clock runs. */
async function prepareOurs(world: World) {
  const patient = await world.as('patient-4f7a20')
  const [at] = (await patient.client.hospital.consents.subjects.query({})).items
  if (at === undefined) throw new Error('The demo patient has no record.')
  await giveConsent(patient.client, at, { grantee: 'staff-e04b7f', purpose: 'treatment', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false })
  const doctor = await world.as('staff-e04b7f')
  const { items } = await doctor.client.hospital.records.list.query({ patient: at.patient, limit: 50 })
  let sockets: RawSockets | undefined
  const database = new pg.Client({ connectionString: world.connectionString })
  await database.connect()
  world.onClose(() => sockets?.close())
  world.onClose(() => database.end())
  let requests: Buffer[] = []
  let reads = 0
  return {
    async prepare(count: number): Promise<void> {
      const made: Buffer[] = []
      for (let n = 0; n < count; n++) made.push(await doctor.record((client) => client.hospital.records.read.query({ id: items[n % items.length]?.id ?? '' })))
      requests = made
    },
    async connect(): Promise<void> {
      sockets?.close()
      sockets = await openRawSockets(world.app.url, clients)
    },
    async read(line: number): Promise<void | false> {
      const request = requests.pop()
      if (request === undefined) return false
      const { status, body } = await (sockets as RawSockets).send(line, request)
      if (status !== 200 || !body.includes('"payload":"') || !body.includes('"outcome":"permitted"')) throw new Error(`The server answered ${status}: ${body.toString().slice(0, 300)}`)
      reads++
    },
    async decided(): Promise<{ readonly reads: number; readonly rows: number }> {
      const { rows } = await database.query<{ count: string }>('select count(*) from decision')
      return { reads, rows: Number(rows[0]?.count) }
    },
  }
}
