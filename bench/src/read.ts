import type { Bench } from './bench.ts'
import { prepareReads } from './load/consented-reads.ts'
import { cpuSecondsOf, processTree } from './measure/cpu.ts'
import { clients, preparedFor, roundMs, rounds, warmUp } from './measure/rounds.ts'
import { measureThroughput, medianOf, type Throughput } from './measure/throughput.ts'
import { observation } from './observation.ts'
import { createBarePostgres } from './peers/bare-postgres.ts'
import { openWorld } from './world.ts'

/** A consented read: token and proof of possession checked, consent decided in one snapshot, decision durable, payload opened and compared. */
export const read: Bench = {
  name: 'read',
  claim: 'Consented read with its durable decision record, 64 clients: at least half the throughput per CPU-second of a bare select.',
  async run(report) {
    const world = await openWorld()
    try {
      const ours = await prepareReads(world)
      const bare = await createBarePostgres(world.connectionString, clients)
      world.onClose(() => bare.close())
      for (let n = 0; n < 1000; n++) await bare.insert(observation)
      const database = () => cpuSecondsOf(processTree(world.postgresPid))
      const server = () => cpuSecondsOf([world.app.pid])
      const mine: Throughput[] = []
      const select: Throughput[] = []
      let shares = { server: 0, database: 0, reads: 0 }
      let answered = await warmUp(ours)
      for (let round = 0; round <= rounds; round++) {
        await ours.prepare(preparedFor(mine.at(-1)?.perSecond))
        const peer = await measureThroughput({ clients, forMs: roundMs, cpuSeconds: () => cpuSecondsOf([process.pid]) + database(), operation: (client, n) => bare.select(client * 7919 + n) })
        await ours.connect(clients)
        const before = { server: server(), database: database() }
        const own = await measureThroughput({ clients, forMs: roundMs, cpuSeconds: () => server() + database(), operation: (client) => ours.send(client) })
        answered += own.operations
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
      const decisions = await ours.decisions()
      if (decisions < answered) throw new Error(`${answered} reads left ${decisions} decisions.`)
      report.note(`${answered} reads were answered, and each left its decision in the store before it was.`)
    } finally {
      await world.close()
    }
  },
}
