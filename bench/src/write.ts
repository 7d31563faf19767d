import { authorOf, buildEntry, signBuiltEntry, type CareLedgerClient, type SignedEntry } from '@careledger/client'
import { CompactSign, exportJWK, generateKeyPair, SignJWT } from 'jose'
import pg from 'pg'
import type { Bench } from './bench.ts'
import { processTree } from './measure/cpu.ts'
import { meterOf, startChild } from './measure/child-server.ts'
import { measureThroughput, type Throughput } from './measure/throughput.ts'
import { createBarePostgres } from './peers/bare-postgres.ts'
import { observation } from './observation.ts'
import { generateUsualClient, openWorld, type World } from './world.ts'

const clients = 64
const roundMs = 4_000
const rounds = 3

/** Signed writes of one record each through the whole API, beside a bare insert and the usual stack, in turns on one PostgreSQL. */
export const write: Bench = {
  name: 'write',
  claim: 'Signed write with 64 clients on PostgreSQL: 0.7 of a bare pg insert, 10 times the usual stack (tRPC, jose, Prisma transaction).',
  async run(report) {
    const world = await openWorld()
    try {
      const bare = await createBarePostgres(world.connectionString, clients)
      const usual = await startUsual(world)
      const ours = await prepareOurs(world)
      const database = () => processTree(world.postgresPid)
      const results: Record<'ours' | 'bare' | 'usual', Throughput[]> = { ours: [], bare: [], usual: [] }
      for (let round = 0; round <= rounds; round++) {
        const entries = await ours.sign(4_000)
        const figures = {
          bare: await measureThroughput({ clients, forMs: roundMs, cpuSeconds: meterOf(() => [process.pid, ...database()]), operation: () => bare.insert(observation) }),
          usual: await measureThroughput({ clients, forMs: roundMs, cpuSeconds: meterOf(() => [usual.pid, ...database()]), operation: () => usual.write() }),
          ours: await measureThroughput({ clients, forMs: roundMs, cpuSeconds: meterOf(() => [world.app.pid, ...database()]), operation: () => ours.write(entries) }),
        }
        if (round > 0) for (const name of ['ours', 'bare', 'usual'] as const) results[name].push(figures[name])
      }
      for (const [name, title] of [['ours', 'CareLedger: signed, authorised, sealed, logged'], ['bare', '(a) bare pg insert'], ['usual', '(b) tRPC, jose, Prisma transaction']] as const) {
        const { perSecond, perCpuSecond, p50Ms, p99Ms } = median(results[name])
        report.figure({ what: title, value: perSecond, unit: 'writes/s', note: `${Math.round(1e6 / perCpuSecond)} µs CPU each, p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms` })
      }
      const [o, a, b] = [median(results.ours), median(results.bare), median(results.usual)]
      report.aim({ what: 'ours to (a), wall', value: o.perSecond / a.perSecond, atLeast: 0.7, unit: '×' })
      report.aim({ what: 'ours to (b), wall', value: o.perSecond / b.perSecond, atLeast: 10, unit: '×' })
      report.figure({ what: 'ours to (a), CPU per operation', value: a.perCpuSecond / o.perCpuSecond, unit: '× the CPU' })
      report.figure({ what: '(b) to ours, CPU per operation', value: o.perCpuSecond / b.perCpuSecond, unit: '× the CPU' })
      report.note('CPU counts the server and PostgreSQL; (a) has no server, so its client counts. The load runs on the same two cores.')
      await usual.stop()
      await bare.close()
    } finally {
      await world.close()
    }
  },
}

function median(results: readonly Throughput[]): Throughput {
  const sorted = [...results].sort((a, b) => a.perSecond - b.perSecond)
  return sorted[Math.floor(sorted.length / 2)] as Throughput
}

/** Entries are built and signed before the clock runs, as they are on other machines in life. */
async function prepareOurs(world: World) {
  const sessions = await Promise.all(Array.from({ length: 8 }, () => world.as('kim-min-jun')))
  const first = sessions[0] as CareLedgerClient
  const { items } = await first.hospital.patients.list.query({})
  const patient = items[0]?.patient ?? ''
  const { subject, custodian } = await first.hospital.imports.prepare.mutate({ identifiers: [{ system: 'https://seoul-general.example/patients', value: 'SG-204117' }] })
  const { actor, signer } = first
  if (actor === undefined || signer === undefined) throw new Error('Nobody is signed in.')
  let turn = 0
  return {
    async sign(count: number): Promise<SignedEntry[]> {
      const entries: SignedEntry[] = []
      for (let n = 0; n < count; n++) {
        const built = buildEntry({ network: 'hospital', type: 'record-created', subject, custodian, payload: { mediaType: 'application/fhir+json', bytes: new TextEncoder().encode(observation) } }, authorOf(actor), new Date())
        entries.push(await signBuiltEntry(built, signer))
      }
      return entries
    },
    async write(entries: SignedEntry[]): Promise<void> {
      const entry = entries.pop()
      if (entry === undefined) throw new Error('More was written than was signed: sign more for each round.')
      await (sessions[turn++ % sessions.length] as CareLedgerClient).hospital.imports.commit.mutate({ patient, entries: [entry], wait: 'stored' })
    },
  }
}

async function startUsual(world: World) {
  const database = new pg.Client({ connectionString: world.connectionString })
  await database.connect()
  await database.query('create table if not exists usual_record (id uuid primary key, author text not null, body text not null, digest text not null, created_at timestamptz not null default now())')
  await database.query('create table if not exists usual_outbox (id uuid primary key, digest text not null, state text not null)')
  await database.end()
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const server = await startChild<object, { url: string }>('servers/usual-stack.ts', { connectionString: world.connectionString, jwk: await exportJWK(publicKey), client: generateUsualClient() })
  const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).setSubject('kim-min-jun').setExpirationTime('1h').sign(privateKey)
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(observation))).toString('hex')
  const jws = await new CompactSign(new TextEncoder().encode(digest)).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
  const request = { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ jws, body: observation }) }
  return { pid: server.pid, stop: () => server.stop(), write: () => post(`${server.ready.url}/write`, request) }
}

async function post(url: string, request: RequestInit): Promise<void> {
  const response = await fetch(url, request)
  const text = await response.text()
  if (!response.ok) throw new Error(`The usual stack answered ${response.status}: ${text.slice(0, 200)}`)
}
