import { CompactSign, exportJWK, generateKeyPair, SignJWT } from 'jose'
import pg from 'pg'
import type { Bench } from './bench.ts'
import { openRawSockets, toRawRequest, type RawSockets } from './load/raw-sockets.ts'
import { prepareWrites } from './load/signed-writes.ts'
import { cpuSecondsOf, processTree } from './measure/cpu.ts'
import { startChild } from './measure/child-server.ts'
import { clients, preparedFor, roundMs, rounds, warmUp } from './measure/rounds.ts'
import { measureThroughput, medianOf, type Throughput } from './measure/throughput.ts'
import { createBarePostgres } from './peers/bare-postgres.ts'
import { observation } from './observation.ts'
import { generateUsualClient, openWorld, type World } from './world.ts'

/** Signed writes of one record each through the whole API, beside a bare insert and the usual stack, in turns on one PostgreSQL. */
export const write: Bench = {
  name: 'write',
  claim: 'Signed write with 64 clients on PostgreSQL: 0.7 of a bare pg insert, 10 times the usual stack (tRPC, jose, Prisma transaction).',
  async run(report) {
    const world = await openWorld()
    try {
      const bare = await createBarePostgres(world.connectionString, clients)
      world.onClose(() => bare.close())
      const usual = await startUsual(world)
      const ours = await prepareWrites(world)
      const database = () => cpuSecondsOf(processTree(world.postgresPid))
      const server = () => cpuSecondsOf([world.app.pid])
      const results: Record<'ours' | 'bare' | 'usual', Throughput[]> = { ours: [], bare: [], usual: [] }
      const shares: { readonly server: number; readonly database: number; readonly later: number }[] = []
      await warmUp(ours)
      for (let round = 0; round <= rounds; round++) {
        await ours.prepare(preparedFor(results.ours.at(-1)?.perSecond))
        await ours.settled()
        await usual.connect()
        const peers = {
          bare: await measureThroughput({ clients, forMs: roundMs, cpuSeconds: () => cpuSecondsOf([process.pid]) + database(), operation: () => bare.insert(observation) }),
          usual: await measureThroughput({ clients, forMs: roundMs, cpuSeconds: () => cpuSecondsOf([usual.pid]) + database(), operation: (client) => usual.write(client) }),
        }
        await ours.connect(clients)
        const before = { server: server(), database: database() }
        const mine = await measureThroughput({ clients, forMs: roundMs, cpuSeconds: () => server() + database(), operation: (client) => ours.send(client) })
        const ended = { server: server(), database: database() }
        await ours.settled()
        const after = server() + database()
        if (round === 0) continue
        results.bare.push(peers.bare)
        results.usual.push(peers.usual)
        results.ours.push(mine)
        const each = (seconds: number) => (seconds * 1e6) / mine.operations
        shares.push({ server: each(ended.server - before.server), database: each(ended.database - before.database), later: each(after - ended.server - ended.database) })
      }
      for (const [name, title] of [['ours', 'CareLedger: signed, authorised, sealed, logged'], ['bare', '(a) bare pg insert'], ['usual', '(b) tRPC, jose, Prisma transaction']] as const) {
        const { perSecond, perCpuSecond, p50Ms, p99Ms } = medianOf(results[name], 'perSecond')
        report.figure({ what: title, value: perSecond, unit: 'writes/s', note: `${Math.round(1e6 / perCpuSecond)} µs CPU each, p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms` })
      }
      const share = (name: 'server' | 'database' | 'later') => shares.map((one) => one[name]).sort((a, b) => a - b)[Math.floor(shares.length / 2)] ?? 0
      report.figure({ what: 'ours, CPU of the server for each write', value: share('server'), unit: 'µs', note: 'sequencing and anchoring run in it' })
      report.figure({ what: 'ours, CPU of PostgreSQL for each write', value: share('database'), unit: 'µs' })
      report.figure({ what: 'ours, CPU after the round until all is in the log', value: share('later'), unit: 'µs each', note: 'not part of the figures above' })
      const [o, a, b] = [medianOf(results.ours, 'perSecond'), medianOf(results.bare, 'perSecond'), medianOf(results.usual, 'perSecond')]
      report.aim({ what: 'ours to (a), wall', value: o.perSecond / a.perSecond, atLeast: 0.7, unit: '×' })
      report.aim({ what: 'ours to (b), wall', value: o.perSecond / b.perSecond, atLeast: 10, unit: '×' })
      report.figure({ what: 'ours to (a), CPU per operation', value: a.perCpuSecond / o.perCpuSecond, unit: '× the CPU' })
      report.figure({ what: '(b) to ours, CPU per operation', value: o.perCpuSecond / b.perCpuSecond, unit: '× the CPU' })
      report.note('CPU counts the server and PostgreSQL; (a) has no server, so its client counts. Requests are signed before the clock runs and')
      report.note('replayed over 64 open sockets, since clients are other machines in life; the load generator still shares the two cores.')
    } finally {
      await world.close()
    }
  },
}

async function startUsual(world: World) {
  const database = new pg.Client({ connectionString: world.connectionString })
  await database.connect()
  await database.query('create table if not exists usual_record (id uuid primary key, author text not null, body text not null, digest text not null, created_at timestamptz not null default now())')
  await database.query('create table if not exists usual_outbox (id uuid primary key, digest text not null, state text not null)')
  await database.end()
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const server = await startChild<object, { url: string }>('servers/usual-stack.ts', { connectionString: world.connectionString, jwk: await exportJWK(publicKey), client: generateUsualClient() })
  const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).setSubject('staff-5d81c6').setExpirationTime('1h').sign(privateKey)
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(observation))).toString('hex')
  const jws = await new CompactSign(new TextEncoder().encode(digest)).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
  const request = toRawRequest(`${server.ready.url}/write`, { method: 'POST', headers: [['authorization', `Bearer ${token}`], ['content-type', 'application/json']], body: JSON.stringify({ jws, body: observation }) })
  let sockets: RawSockets | undefined
  world.onClose(() => server.stop())
  world.onClose(() => sockets?.close())
  return {
    pid: server.pid,
    async connect(): Promise<void> {
      sockets?.close()
      sockets = await openRawSockets(server.ready.url, clients)
    },
    async write(client: number): Promise<void> {
      const { status, body } = await (sockets as RawSockets).send(client, request)
      if (status !== 200) throw new Error(`The usual stack answered ${status}: ${body.toString().slice(0, 200)}`)
    },
  }
}
