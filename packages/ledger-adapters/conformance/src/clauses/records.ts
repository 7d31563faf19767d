import { ok } from 'node:assert'
import type { ConformanceTest } from '../ledger-under-test.ts'
import { background, equal } from '../expect.ts'
import { appendFinal, atMost, hex, idsOf, listAll, newDataRecord, newRecord, newRecords, STREAM } from '../make-records.ts'

export const recordTests: readonly ConformanceTest[] = [
  {
    title: '[record-1] what is read is what was appended, byte for byte',
    async run(subject) {
      const { ledger } = subject
      const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      const records = [newDataRecord(everyByte), newDataRecord(new Uint8Array(1_024).fill(255), { key: undefined }), newDataRecord(new Uint8Array(0)), newRecord(), newRecord({ key: undefined })]
      for (const record of records) await appendFinal(ledger, STREAM, [record])
      const reader = await subject.second()
      for (const read of [await ledger.getMany(STREAM, idsOf(records)), await listAll(reader, STREAM), await reader.getMany(STREAM, idsOf(records))]) {
        equal(read.map((record) => [record?.id, record?.key, record?.digest, record?.data && [...record.data]]),
          records.map((record) => [record.id, record.key, record.digest, record.data && [...record.data]]))
        for (const record of read) ok(record !== undefined && record.writer.length > 0, 'every record names its writer')
      }
    },
  },
  {
    title: '[record-1] changing what was given or got changes nothing on the ledger',
    async run({ ledger }) {
      const data = new TextEncoder().encode('as it was')
      const record = newDataRecord(data.slice())
      const appending = background(ledger.append(STREAM, [record], { until: 'final' }))
      record.data?.fill(0)
      await appending
      const [read] = await ledger.getMany(STREAM, [record.id])
      equal([...(read?.data ?? [])], [...data])
      read?.data?.fill(0)
      const [listed] = await listAll(ledger, STREAM)
      equal([...(listed?.data ?? [])], [...data])
    },
  },
  {
    title: '[receipt-1] receipts stand in the order given and survive JSON',
    async run({ ledger }) {
      const records = newRecords(atMost(ledger, 5))
      const receipts = await ledger.append(STREAM, records, { until: 'final' })
      equal(receipts.map(({ stream, id, digest, state }) => ({ stream, id, digest, state })), records.map(({ id, digest }) => ({ stream: STREAM, id, digest, state: 'final' })))
      const stored = JSON.parse(JSON.stringify(receipts)) as typeof receipts
      equal(stored, receipts.map((receipt) => ({ ...receipt })))
      equal(await ledger.finality(stored), records.map(() => 'final'))
    },
  },
  {
    title: '[get-1] an unknown id is undefined',
    async run({ ledger }) {
      equal(await ledger.getMany(STREAM, [hex(16)]), [undefined])
      equal(await ledger.getMany(STREAM, []), [])
    },
  },
  {
    title: '[get-2] after append resolved, the same object sees the record',
    async run({ ledger }) {
      for (let round = 0; round < 5; round += 1) {
        const record = newRecord()
        const [receipt] = await ledger.append(STREAM, [record])
        const [read] = await ledger.getMany(STREAM, [record.id])
        ok(read !== undefined, 'the record is there')
        ok(receipt?.state !== 'final' || read.state === 'final', 'a receipt that says final is not taken back')
      }
    },
  },
  {
    title: '[get-3] answers stand in the order of the ids',
    async run({ ledger }) {
      const records = newRecords(atMost(ledger, 4))
      await appendFinal(ledger, STREAM, records)
      const asked = [hex(16), ...idsOf(records).toReversed(), hex(16), records[0]?.id ?? '']
      const known = new Set(idsOf(records))
      equal((await ledger.getMany(STREAM, asked)).map((record) => record?.id), asked.map((id) => (known.has(id) ? id : undefined)))
    },
  },
  {
    title: '[until-1] until final: resolved means final and listed',
    async run({ ledger }) {
      const records = newRecords(atMost(ledger, 3))
      const receipts = await ledger.append(STREAM, records, { until: 'final' })
      equal(receipts.map((receipt) => receipt.state), records.map(() => 'final'))
      equal(await ledger.finality(receipts), records.map(() => 'final'))
      equal(idsOf(await listAll(ledger, STREAM)), idsOf(records))
      equal((await ledger.getMany(STREAM, idsOf(records))).map((record) => record?.state), records.map(() => 'final'))
    },
  },
]
