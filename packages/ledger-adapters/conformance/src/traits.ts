import { ok } from 'node:assert'
import type { ConformanceTest } from './ledger-under-test.ts'
import { background, equal, rejects } from './expect.ts'
import { appendFinal, atMost, idsOf, listAll, newRecords, OTHER_STREAM, STREAM } from './make-records.ts'
import { healthVerb, partVerbs, signalVerbs, type Verb } from './verbs.ts'
import { watchSome } from './watching.ts'

const PARALLEL = 16

/** What every verb must do, written once and applied to each. */
export const traitTests: readonly ConformanceTest[] = [
  ...[...signalVerbs, healthVerb].map(closed),
  ...partVerbs.map(({ name, call }): ConformanceTest => ({
    title: `[close-2] ${name} on a closed ledger rejects`,
    async run({ ledger }) {
      await ledger.close()
      await rejects(() => call(ledger), 'LEDGER_CLOSED', 'LEDGER_NOT_SUPPORTED')
    },
  })),
  ...signalVerbs.map(aborted),
  ...concurrentReads(),
]

function closed({ name, call }: Verb): ConformanceTest {
  return {
    title: `[close-2] ${name} on a closed ledger rejects with LEDGER_CLOSED`,
    async run({ ledger }) {
      await ledger.close()
      await rejects(() => call(ledger), 'LEDGER_CLOSED')
    },
  }
}

function aborted({ name, call }: Verb): ConformanceTest {
  return {
    title: `[abort-1] ${name} with an aborted signal rejects with LEDGER_ABORTED and keeps the reason`,
    async run({ ledger }) {
      const controller = new AbortController()
      const reason = new Error('the caller gave up')
      controller.abort(reason)
      const error = await rejects(() => call(ledger, controller.signal), 'LEDGER_ABORTED')
      ok(error.cause === reason, 'the cause is the reason of the signal')
      equal(idsOf((await ledger.list(STREAM, { limit: 1 })).records), [])
    },
  }
}

function concurrentReads(): readonly ConformanceTest[] {
  const reads: readonly Verb[] = [
    { name: 'getMany', call: async (ledger) => (await ledger.getMany(STREAM, idsOf(await listAll(ledger, STREAM)))).map((record) => record?.digest) },
    { name: 'list', call: async (ledger) => idsOf(await listAll(ledger, STREAM, { limit: 2 })) },
    { name: 'watch', call: async (ledger) => idsOf(await watchSome(ledger, STREAM, 5)) },
    { name: 'finality', call: async (ledger) => ledger.finality((await listAll(ledger, STREAM)).map(({ id, digest }) => ({ stream: STREAM, id, digest }))) },
    { name: 'health', call: async (ledger) => (await ledger.health()).ok },
  ]
  return reads.map(({ name, call }) => ({
    title: `[concurrent-1] ${PARALLEL} calls of ${name} at once get the answer of one alone, while others append`,
    async run(subject) {
      const { ledger } = subject
      await appendFinal(ledger, STREAM, newRecords(5))
      const alone = await call(ledger)
      const clients = [ledger, await subject.second()]
      const elsewhere = background((clients[1] ?? ledger).append(OTHER_STREAM, newRecords(atMost(ledger, 4)), { until: 'final' }))
      const answers = await Promise.all(Array.from({ length: PARALLEL }, (_, index) => call(clients[index % 2] ?? ledger)))
      await elsewhere
      for (const answer of answers) equal(answer, alone)
    },
  }))
}
