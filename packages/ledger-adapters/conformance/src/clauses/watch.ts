import { ok } from 'node:assert'
import { LedgerError } from '@careledger/ledger-spec'
import type { ListedRecord } from '@careledger/ledger-spec'
import type { ConformanceTest } from '../ledger-under-test.ts'
import { background, equal, rejects, within } from '../expect.ts'
import { appendFinal, idsOf, listAll, newRecord, newRecords, OTHER_STREAM, shown, STREAM } from '../make-records.ts'
import { patienceMs, watchFor, watchSome } from '../watching.ts'

export const watchTests: readonly ConformanceTest[] = [
  {
    title: '[watch-1] what is there and what comes, each once and in order',
    async run(subject) {
      const { ledger } = subject
      const writer = await subject.second()
      await appendFinal(writer, STREAM, newRecords(3))
      const watching = background(watchSome(ledger, STREAM, 11))
      for (let turn = 0; turn < 4; turn += 1) await appendFinal(writer, STREAM, newRecords(2))
      await appendFinal(writer, OTHER_STREAM, newRecords(2))
      equal(shown(await watching), shown(await listAll(ledger, STREAM)))
      const last = (await listAll(ledger, STREAM)).at(-1)
      equal(await watchFor(ledger, STREAM, 100, last?.position), [], 'nothing comes twice')
    },
  },
  {
    title: '[watch-2] resuming from any record gives exactly the later ones, also on another client and after a restart',
    async run(subject) {
      await appendFinal(subject.ledger, STREAM, newRecords(6))
      const all = await listAll(subject.ledger, STREAM)
      const clients = [subject.ledger, await subject.second()]
      for (const [index, record] of all.entries()) {
        const later = all.slice(index + 1)
        if (later.length > 0) equal(shown(await watchSome(clients[index % 2] ?? subject.ledger, STREAM, later.length, record.position)), shown(later))
      }
      const again = await subject.reopen()
      equal(shown(await watchSome(again, STREAM, 3, all[2]?.position)), shown(all.slice(3)))
    },
  },
  {
    title: '[watch-3] a short outage is bridged; when an iteration ends, the last position stays good',
    async run(subject) {
      const { ledger } = subject
      const writer = await subject.second()
      await appendFinal(writer, STREAM, newRecords(2))
      const seen: ListedRecord[] = []
      const ended = (async () => {
        for await (const record of ledger.watch(STREAM, { signal: new AbortController().signal })) seen.push(record)
      })().catch((error: unknown) => error)
      await untilSeen(seen, 2, patienceMs(ledger))
      const outage = subject.interrupt && background(subject.interrupt(300))
      await appendFinal(writer, STREAM, newRecords(3))
      await outage
      await untilSeen(seen, 5, patienceMs(ledger))
      const again = await subject.reopen()
      const error = await within(5_000, 'the end of the iteration', ended)
      ok(LedgerError.is(error, 'LEDGER_CLOSED'), `the iteration ends with LEDGER_CLOSED, not ${String(error)}`)
      await appendFinal(again, STREAM, newRecords(2))
      equal(shown([...seen, ...(await watchSome(again, STREAM, 2, seen.at(-1)?.position))]), shown(await listAll(again, STREAM)))
    },
  },
  {
    title: '[watch-4] a slow reader gets everything and holds nobody up',
    async run({ ledger }) {
      await appendFinal(ledger, STREAM, newRecords(2))
      const controller = new AbortController()
      const iterator = ledger.watch(STREAM, { signal: controller.signal })[Symbol.asyncIterator]()
      const seen: ListedRecord[] = []
      const take = async (): Promise<void> => {
        const { value } = await within(patienceMs(ledger), 'the next record', iterator.next())
        if (value !== undefined) seen.push(value as ListedRecord)
      }
      await take()
      for (let turn = 0; turn < 5; turn += 1) await appendFinal(ledger, STREAM, newRecords(6))
      while (seen.length < 32) await take()
      await iterator.return?.()
      equal(shown(seen), shown(await listAll(ledger, STREAM)))
    },
  },
  {
    title: '[watch-5] an abort ends a waiting iteration, a break ends it quietly',
    async run({ ledger }) {
      const controller = new AbortController()
      const reason = new Error('enough')
      const waiting = background((async () => {
        for await (const record of ledger.watch(STREAM, { signal: controller.signal })) ok(record === undefined, 'the stream is empty')
      })())
      setTimeout(() => controller.abort(reason), 20)
      const error = await rejects(() => within(5_000, 'the end of the iteration', waiting), 'LEDGER_ABORTED')
      equal(error.cause, reason)
      const record = newRecord()
      await appendFinal(ledger, STREAM, [record])
      equal(idsOf(await watchSome(ledger, STREAM, 1)), [record.id])
      const iterator = ledger.watch(STREAM, { signal: new AbortController().signal })[Symbol.asyncIterator]()
      await iterator.next()
      await iterator.return?.()
      equal(await iterator.next(), { done: true, value: undefined })
    },
  },
]

async function untilSeen(seen: readonly unknown[], count: number, ms: number): Promise<void> {
  const end = Date.now() + ms
  while (seen.length < count) {
    ok(Date.now() < end, `${seen.length} of ${count} records seen in ${ms} ms`)
    await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
}
