import { giveConsent, type CareLedgerClient } from '@careledger/client'
import type { Bench } from './bench.ts'
import { meterOf } from './measure/child-server.ts'
import { processTree } from './measure/cpu.ts'
import { measureThroughput, type Throughput } from './measure/throughput.ts'
import { observation } from './observation.ts'
import { createBarePostgres } from './peers/bare-postgres.ts'
import { openWorld } from './world.ts'

const clients = 64
const roundMs = 4_000
const rounds = 3

/** A consented read: token and proof of possession checked, consent decided in one snapshot, decision durable, payload opened and compared. */
export const read: Bench = {
  name: 'read',
  claim: 'Consented read with its durable decision record, 64 clients: at least half the throughput per CPU-second of a bare select.',
  async run(report) {
    const world = await openWorld()
    try {
      const patient = await world.as('lee-seo-yeon')
      const [at] = (await patient.hospital.consents.subjects.query({})).items
      if (at === undefined) throw new Error('The demo patient has no record.')
      await giveConsent(patient, at, { grantee: 'park-ji-woo', purpose: 'treatment', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false })
      const sessions = await Promise.all(Array.from({ length: 8 }, () => world.as('park-ji-woo')))
      const { items } = await (sessions[0] as CareLedgerClient).hospital.records.list.query({ patient: at.patient, limit: 50 })
      const bare = await createBarePostgres(world.connectionString, clients)
      for (let n = 0; n < 1000; n++) await bare.insert(observation)
      const database = () => processTree(world.postgresPid)
      const ours: Throughput[] = []
      const select: Throughput[] = []
      let turn = 0
      for (let round = 0; round <= rounds; round++) {
        const peer = await measureThroughput({ clients, forMs: roundMs, cpuSeconds: meterOf(() => [process.pid, ...database()]), operation: (client, n) => bare.select(client * 7919 + n) })
        const mine = await measureThroughput({
          clients, forMs: roundMs, cpuSeconds: meterOf(() => [world.app.pid, ...database()]),
          operation: async () => { await (sessions[turn++ % sessions.length] as CareLedgerClient).hospital.records.read.query({ id: items[turn % items.length]?.id ?? '' }) },
        })
        if (round > 0) {
          ours.push(mine)
          select.push(peer)
        }
      }
      const best = (list: readonly Throughput[]) => [...list].sort((a, b) => a.perCpuSecond - b.perCpuSecond)[Math.floor(list.length / 2)] as Throughput
      const [o, s] = [best(ours), best(select)]
      report.figure({ what: 'CareLedger: consented read over HTTP', value: o.perSecond, unit: 'reads/s', note: `${Math.round(1e6 / o.perCpuSecond)} µs CPU each, p99 ${o.p99Ms.toFixed(0)} ms` })
      report.figure({ what: 'bare select by pg', value: s.perSecond, unit: 'reads/s', note: `${Math.round(1e6 / s.perCpuSecond)} µs CPU each, p99 ${s.p99Ms.toFixed(0)} ms` })
      report.aim({ what: 'ours to the select, per CPU-second', value: o.perCpuSecond / s.perCpuSecond, atLeast: 0.5, unit: '×' })
      await bare.close()
    } finally {
      await world.close()
    }
  },
}
