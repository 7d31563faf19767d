import type { Bench } from './bench.ts'
import { prepareReads } from './load/consented-reads.ts'
import { startChild } from './measure/child-server.ts'
import { cpuSecondsOf, processTree } from './measure/cpu.ts'
import { clients, preparedFor, roundMs, rounds, warmUp } from './measure/rounds.ts'
import { measureThroughput, medianOf, type Throughput } from './measure/throughput.ts'
import { openWorld } from './world.ts'

const bundles = Number(process.env['BENCH_BUNDLES'] ?? 600)
const observations = Number(process.env['BENCH_OBSERVATIONS'] ?? 100)

/** Consented reads with and without an import of many bundles beside them, in turns, so that both see the same machine. */
export const load: Bench = {
  name: 'load',
  claim: `Consented reads, 64 clients, while an import of ${bundles} bundles goes on: they keep at least 80 % of their throughput.`,
  async run(report) {
    const world = await openWorld()
    try {
      const reads = await prepareReads(world)
      const importer = await startChild<object, object>('servers/importer.ts', { url: world.app.url, party: 'staff-2a96d3', bundles, observations })
      world.onClose(() => importer.stop())
      const imported = { done: 0, error: undefined as string | undefined, ended: false }
      importer.process.on('message', (message: { readonly done?: number; readonly error?: string; readonly ended?: boolean }) => {
        imported.done = message.done ?? imported.done
        imported.error = message.error ?? imported.error
        imported.ended ||= message.ended === true
      })
      const cpuSeconds = () => cpuSecondsOf([world.app.pid]) + cpuSecondsOf(processTree(world.postgresPid))
      const measure = async (before: Throughput | undefined): Promise<Throughput> => {
        await reads.prepare(preparedFor(before?.perSecond))
        await reads.connect(clients)
        return measureThroughput({ clients, forMs: roundMs, cpuSeconds, operation: (client) => reads.send(client) })
      }
      await warmUp(reads)
      const [alone, beside]: [Throughput[], Throughput[]] = [[], []]
      const pauses: number[] = []
      for (let round = 0; round < rounds; round++) {
        await importer.signal('pause')
        alone.push(await measure(alone.at(-1)))
        await importer.signal('begin')
        const before = imported.done
        beside.push(await measure(alone.at(-1)))
        pauses.push(imported.done - before)
      }
      if (imported.error !== undefined) throw new Error(`The import ended: ${imported.error}`)
      if (imported.ended) report.note('The import ended before the last round: ask for more bundles with BENCH_BUNDLES.')
      const [a, b] = [medianOf(alone, 'perSecond'), medianOf(beside, 'perSecond')]
      report.figure({ what: 'reads alone', value: a.perSecond, unit: 'reads/s', note: `p50 ${a.p50Ms.toFixed(0)} ms, p99 ${a.p99Ms.toFixed(0)} ms` })
      report.figure({ what: 'reads beside the import', value: b.perSecond, unit: 'reads/s', note: `p50 ${b.p50Ms.toFixed(0)} ms, p99 ${b.p99Ms.toFixed(0)} ms` })
      report.figure({ what: `bundles of ${observations + 1} resources imported beside the reads`, value: pauses.reduce((sum, one) => sum + one, 0) / (rounds * (roundMs / 1000)), unit: 'bundles/s' })
      const ratios = alone.map((one, round) => (beside[round] as Throughput).perSecond / one.perSecond).sort((x, y) => x - y)
      report.note(`Round by round: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}.`)
      report.aim({ what: 'reads beside the import to reads alone (median of rounds)', value: ratios[Math.floor(ratios.length / 2)] ?? 0, atLeast: 0.8, unit: '×' })
      if (pauses.every((one) => one === 0)) report.note('No bundle was whole within a round: the import hardly went on.')
    } finally {
      await world.close()
    }
  },
}
