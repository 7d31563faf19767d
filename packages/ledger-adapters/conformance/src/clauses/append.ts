import { ok } from 'node:assert'
import type { NewRecord } from '@careledger/ledger-spec'
import type { ConformanceTest } from '../ledger-under-test.ts'
import { background, equal, rejects, settles } from '../expect.ts'
import { appendFinal, atMost, hex, idsOf, listAll, newDataRecord, newRecord, newRecords, OTHER_STREAM, STREAM } from '../make-records.ts'

/** The same id with something else in it, in every way that counts as something else. */
function otherContents(record: NewRecord): readonly NewRecord[] {
  return [
    { ...record, digest: hex(32), data: undefined },
    { ...record, key: hex(32) },
    { ...record, key: undefined },
    { ...record, data: undefined },
    { ...newDataRecord(new TextEncoder().encode('other')), id: record.id, key: record.key },
  ]
}

export const appendTests: readonly ConformanceTest[] = [
  {
    title: '[append-1] a reader sees all records of an append or none',
    async run(subject) {
      const { ledger } = subject
      const reader = await subject.second()
      const records = newRecords(Math.min(atMost(ledger, 50), reader.describe().limits.pageMax))
      let appending = true
      const append = background(ledger.append(STREAM, records, { until: 'final' }).finally(() => { appending = false }))
      while (appending) {
        const seen = (await reader.getMany(STREAM, idsOf(records))).filter((record) => record !== undefined).length
        ok(seen === 0 || seen === records.length, `${seen} of ${records.length} records were visible`)
        await new Promise((resolve) => { setTimeout(resolve, 1) })
      }
      await append
      equal((await reader.getMany(STREAM, idsOf(records))).filter((record) => record === undefined), [])
    },
  },
  {
    title: '[append-2] records that are there count as appended, and only missing ones are sent',
    async run({ ledger }) {
      const [first = newRecord(), ...more] = [newDataRecord(new Uint8Array([1, 2, 3])), ...newRecords(atMost(ledger, 4) - 1)]
      await ledger.append(STREAM, [first], { until: 'final' })
      equal((await ledger.append(STREAM, [first])).map((receipt) => [receipt.id, receipt.state]), [[first.id, 'final']])
      await ledger.append(STREAM, [...more, first], { until: 'final' })
      await ledger.append(STREAM, [first, ...more], { until: 'final' })
      equal(idsOf(await listAll(ledger, STREAM)), idsOf([first, ...more]))
    },
  },
  {
    title: '[append-2] the same records again right after, from another client, and after a restart',
    async run(subject) {
      const records = newRecords(atMost(subject.ledger, 3))
      await subject.ledger.append(STREAM, records)
      await subject.ledger.append(STREAM, records)
      await (await subject.second()).append(STREAM, records, { until: 'final' })
      const again = await subject.reopen()
      equal((await again.append(STREAM, records, { until: 'final' })).map((receipt) => receipt.state), records.map(() => 'final'))
      equal(idsOf(await listAll(again, STREAM)), idsOf(records))
    },
  },
  {
    title: '[append-3] an id with other content is a conflict that names every such id, and nothing is sent',
    async run({ ledger }) {
      const there = [newDataRecord(new TextEncoder().encode('there')), ...newRecords(atMost(ledger, 3) - 1)]
      await ledger.append(STREAM, there, { until: 'final' })
      for (const other of otherContents(there[0] ?? newRecord())) {
        const fresh = newRecords(atMost(ledger, 2) - 1)
        const error = await rejects(() => ledger.append(STREAM, [...fresh, other]), 'LEDGER_CONFLICT')
        equal(error.details.ids, [other.id])
        equal((await ledger.getMany(STREAM, idsOf(fresh))).filter((record) => record !== undefined), [])
      }
      const error = await rejects(() => ledger.append(STREAM, there.map((record) => ({ id: record.id, digest: hex(32) }))), 'LEDGER_CONFLICT')
      equal([...(error.details.ids as readonly string[])].sort(), [...idsOf(there)].sort())
      equal((await listAll(ledger, STREAM)).map((record) => record.digest), there.map((record) => record.digest))
    },
  },
  {
    title: '[append-3] ids are unique in a stream, not between streams',
    async run({ ledger }) {
      const record = newRecord()
      const other = newRecord({ id: record.id })
      await appendFinal(ledger, STREAM, [record])
      await appendFinal(ledger, OTHER_STREAM, [other])
      equal((await listAll(ledger, STREAM)).map(({ digest }) => digest), [record.digest])
      equal((await listAll(ledger, OTHER_STREAM)).map(({ digest }) => digest), [other.digest])
    },
  },
  {
    title: '[append-5] after a refusal nothing of the call is on the ledger, and the stream goes on',
    async run(subject) {
      const { ledger } = subject
      const good = newRecord()
      await rejects(() => ledger.append(STREAM, [{ ...newRecord(), digest: 'no digest' }]), 'LEDGER_INVALID_RECORD')
      const reader = await subject.reader()
      const foreign = newRecord()
      await rejects(() => reader.append(STREAM, [foreign]), 'LEDGER_UNAUTHORISED')
      await appendFinal(ledger, STREAM, [good])
      equal(idsOf(await listAll(ledger, STREAM)), [good.id])
      equal(await ledger.getMany(STREAM, [foreign.id]), [undefined])
    },
  },
  {
    title: '[append-5] calling again settles every outcome that is not known',
    async run(subject) {
      const { ledger } = subject
      const all: NewRecord[] = []
      for (const delayMs of [0, 0, 1, 2, 5, 10]) {
        const record = newRecord()
        all.push(record)
        const controller = new AbortController()
        const appending = settles(ledger.append(STREAM, [record], { signal: controller.signal }), 'LEDGER_ABORTED', 'LEDGER_OUTCOME_UNKNOWN')
        await new Promise((resolve) => { setTimeout(resolve, delayMs) })
        controller.abort()
        await appending
        await ledger.append(STREAM, [record], { until: 'final' })
      }
      equal(idsOf(await listAll(await subject.second(), STREAM)), idsOf(all))
    },
  },
  {
    title: '[append-8] an aborted append that says nothing was sent has sent nothing',
    async run({ ledger }) {
      const refused: NewRecord[] = []
      const before = new AbortController()
      before.abort(new Error('before'))
      const early = newRecord()
      await rejects(() => ledger.append(STREAM, [early], { signal: before.signal }), 'LEDGER_ABORTED')
      refused.push(early)
      for (const pause of [undefined, 0, 1, 3, 10]) {
        const record = newRecord()
        const controller = new AbortController()
        const appending = settles(ledger.append(STREAM, [record], { signal: controller.signal, until: 'final' }), 'LEDGER_ABORTED', 'LEDGER_OUTCOME_UNKNOWN')
        if (pause !== undefined) await new Promise((resolve) => { setTimeout(resolve, pause) })
        controller.abort(new Error('enough'))
        const { error } = await appending
        if (error?.code === 'LEDGER_ABORTED') refused.push(record)
      }
      await appendFinal(ledger, STREAM, [newRecord()])
      equal((await ledger.getMany(STREAM, idsOf(refused))).filter((record) => record !== undefined), [])
    },
  },
]
