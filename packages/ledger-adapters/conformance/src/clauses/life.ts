import { ok } from 'node:assert'
import type { ConformanceTest } from '../ledger-under-test.ts'
import { equal, rejects, settles, within } from '../expect.ts'
import { appendFinal, idsOf, listAll, newRecord, newRecords, STREAM } from '../make-records.ts'

export const lifeTests: readonly ConformanceTest[] = [
  {
    title: '[health-1] a healthy ledger says so, and an aborted signal does not make health reject',
    async run({ ledger }) {
      const before = await ledger.health()
      equal([before.ok, before.problems], [true, []])
      await appendFinal(ledger, STREAM, [newRecord()])
      const after = await ledger.health()
      ok(after.height === undefined || before.height === undefined || after.height >= before.height, 'the height does not fall')
      ok(after.height === undefined || after.finalHeight === undefined || after.finalHeight <= after.height, 'the final height is at most the height')
      const controller = new AbortController()
      controller.abort()
      const unasked = await ledger.health({ signal: controller.signal })
      ok(typeof unasked.ok === 'boolean', 'an answer, not an error')
    },
  },
  {
    title: '[close-1] closing twice, also at once, is closing once',
    async run({ ledger }) {
      await Promise.all([ledger.close(), ledger.close()])
      await ledger.close()
    },
  },
  {
    title: '[close-2] closing ends running calls, and says truly whether they were sent',
    async run(subject) {
      const client = await subject.second()
      const record = newRecord()
      const reason = new AbortController()
      const watching = settles(client.watch(STREAM, { signal: reason.signal })[Symbol.asyncIterator]().next(), 'LEDGER_CLOSED')
      const running = Array.from({ length: 8 }, () => newRecord()).concat(record)
      const appends = running.map((each) => settles(client.append(STREAM, [each], { until: 'final' }), 'LEDGER_CLOSED', 'LEDGER_OUTCOME_UNKNOWN'))
      const read = settles(client.list(STREAM, { limit: 1 }), 'LEDGER_CLOSED')
      await client.close()
      const results = await within(10_000, 'the end of the running calls', Promise.all(appends))
      await within(10_000, 'the end of the watch and the read', Promise.all([watching, read]))
      await appendFinal(subject.ledger, STREAM, [newRecord()])
      const there = new Set(idsOf(await listAll(subject.ledger, STREAM)))
      for (const [index, { error, value }] of results.entries()) {
        const id = running[index]?.id ?? ''
        if (value !== undefined) ok(there.has(id), 'what resolved is there')
        if (error?.code === 'LEDGER_CLOSED') ok(!there.has(id), 'what ended with LEDGER_CLOSED was not sent')
      }
    },
  },
  {
    title: '[close-2] closing one client leaves the others open',
    async run(subject) {
      const other = await subject.second()
      await appendFinal(other, STREAM, [newRecord()])
      await other.close()
      await appendFinal(subject.ledger, STREAM, newRecords(1))
      equal((await listAll(subject.ledger, STREAM)).length, 2)
      await rejects(() => other.list(STREAM, { limit: 1 }), 'LEDGER_CLOSED')
    },
  },
  {
    title: '[close-3] a closed client leaves no timer, socket or file behind',
    async run(subject) {
      await appendFinal(subject.ledger, STREAM, [newRecord()])
      const before = await held(0)
      const client = await subject.second()
      await appendFinal(client, STREAM, [newRecord()])
      const watching = settles(client.watch(STREAM, { after: (await listAll(client, STREAM)).at(-1)?.position, signal: new AbortController().signal })[Symbol.asyncIterator]().next(), 'LEDGER_CLOSED')
      await client.close()
      await watching
      const end = Date.now() + 3_000
      while ((await held(20)) > before) ok(Date.now() < end, `${process.getActiveResourcesInfo().join(', ')} still held`)
    },
  },
]

/** How many resources keep the process alive, after `ms` milliseconds of rest. */
async function held(ms: number): Promise<number> {
  await new Promise((resolve) => { setTimeout(resolve, ms) })
  return process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate' && kind !== 'TickObject').length
}
