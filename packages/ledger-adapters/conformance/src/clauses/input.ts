import { ok } from 'node:assert'
import type { Ledger, NewRecord } from '@careledger/ledger-spec'
import type { ConformanceTest } from '../ledger-under-test.ts'
import { equal, rejects } from '../expect.ts'
import { hex, listAll, newDataRecord, newRecord, newRecords, STREAM } from '../make-records.ts'

const STREAMS = ['', 'Upper', '-first', 'with space', 'a'.repeat(32), 'a/b', 'ä']
const IDS = ['', hex(15), hex(17), hex(16).toUpperCase().replace(/\d/g, 'A'), `${hex(15)}zz`, ` ${hex(16)}`]
const HASHES = ['', hex(31), hex(33), `${hex(31)}zz`, 'A'.repeat(64)]

function badAppends(ledger: Ledger): readonly (readonly NewRecord[])[] {
  const { limits } = ledger.describe()
  const twice = newRecord()
  const recordsThatFill = Math.floor(limits.appendBytesMax / (limits.recordBytes + limits.dataFactor * 1_024)) + 1
  return [
    [],
    newRecords(limits.recordsMax + 1, { key: undefined }),
    [twice, twice],
    [newDataRecord(new Uint8Array(limits.dataBytesMax + 1))],
    [{ ...newDataRecord(new Uint8Array(3)), digest: hex(32) }],
    ...(recordsThatFill <= limits.recordsMax ? [Array.from({ length: recordsThatFill }, () => newDataRecord(new Uint8Array(1_024)))] : []),
    ...IDS.map((id) => [newRecord({ id })]),
    ...HASHES.map((digest) => [newRecord({ digest })]),
    ...HASHES.map((key) => [newRecord({ key })]),
  ]
}

export const inputTests: readonly ConformanceTest[] = [
  {
    title: '[input-1] append refuses what breaks its form or a limit, and sends nothing',
    async run({ ledger }) {
      for (const records of badAppends(ledger)) await rejects(() => ledger.append(STREAM, records), 'LEDGER_INVALID_RECORD')
      for (const stream of STREAMS) await rejects(() => ledger.append(stream, [newRecord()]), 'LEDGER_INVALID_RECORD')
      equal(await listAll(ledger, STREAM), [])
    },
  },
  {
    title: '[input-1] one bad record refuses the whole append',
    async run({ ledger }) {
      if (ledger.describe().limits.recordsMax < 2) return
      const good = newRecord()
      await rejects(() => ledger.append(STREAM, [good, newRecord({ digest: 'bad' })]), 'LEDGER_INVALID_RECORD')
      equal(await ledger.getMany(STREAM, [good.id]), [undefined])
    },
  },
  {
    title: '[input-1] an append at its limits passes',
    async run({ ledger }) {
      const { limits } = ledger.describe()
      const most = Math.min(limits.recordsMax, Math.floor(limits.appendBytesMax / limits.recordBytes))
      const receipts = await ledger.append(STREAM, newRecords(most), { until: 'final' })
      equal(receipts.length, most)
      const dataBytes = Math.min(limits.dataBytesMax, Math.floor((limits.appendBytesMax - limits.recordBytes) / Math.max(1, limits.dataFactor)))
      const record = newDataRecord(new Uint8Array(dataBytes).fill(7))
      await ledger.append(STREAM, [record], { until: 'final' })
      equal((await ledger.getMany(STREAM, [record.id]))[0]?.data?.length, dataBytes)
    },
  },
  {
    title: '[input-1] getMany, list, watch and finality refuse what breaks its form or a limit',
    async run({ ledger }) {
      const { pageMax } = ledger.describe().limits
      const next = (stream: string, after?: string) => ledger.watch(stream, { after, signal: new AbortController().signal })[Symbol.asyncIterator]().next()
      for (const stream of STREAMS) {
        await rejects(() => ledger.getMany(stream, [hex(16)]), 'LEDGER_INVALID_RECORD')
        await rejects(() => ledger.list(stream, { limit: 1 }), 'LEDGER_INVALID_RECORD')
        await rejects(() => next(stream), 'LEDGER_INVALID_RECORD')
        await rejects(() => ledger.finality([{ stream, id: hex(16), digest: hex(32) }]), 'LEDGER_INVALID_RECORD')
      }
      for (const id of IDS) {
        await rejects(() => ledger.getMany(STREAM, [id]), 'LEDGER_INVALID_RECORD')
        await rejects(() => ledger.finality([{ stream: STREAM, id, digest: hex(32) }]), 'LEDGER_INVALID_RECORD')
      }
      for (const key of HASHES) await rejects(() => ledger.list(STREAM, { key, limit: 1 }), 'LEDGER_INVALID_RECORD')
      for (const limit of [0, -1, 1.5, pageMax + 1, Number.NaN]) await rejects(() => ledger.list(STREAM, { limit }), 'LEDGER_INVALID_RECORD')
      for (const after of ['', 'x'.repeat(65), 'a b', 'no position of ours']) {
        await rejects(() => ledger.list(STREAM, { after, limit: 1 }), 'LEDGER_INVALID_RECORD')
        await rejects(() => next(STREAM, after), 'LEDGER_INVALID_RECORD')
      }
      await rejects(() => ledger.getMany(STREAM, Array.from({ length: pageMax + 1 }, () => hex(16))), 'LEDGER_INVALID_RECORD')
    },
  },
  {
    title: '[error-1] errors carry no data, key or URL',
    async run({ ledger }) {
      const canary = new TextEncoder().encode('canary-of-a-patient')
      const record = newDataRecord(canary)
      await ledger.append(STREAM, [record], { until: 'final' })
      const errors = [
        await rejects(() => ledger.append(STREAM, [{ ...record, key: hex(32) }]), 'LEDGER_CONFLICT'),
        await rejects(() => ledger.append(STREAM, [{ ...record, digest: hex(32) }]), 'LEDGER_INVALID_RECORD'),
        await rejects(() => ledger.list(STREAM, { key: `${record.key}x`, limit: 1 }), 'LEDGER_INVALID_RECORD'),
      ]
      for (const error of errors) {
        const text = `${error.message} ${JSON.stringify(error.details)}`
        ok(!text.includes('canary') && !text.includes(Buffer.from(canary).toString('hex')) && !text.includes(Buffer.from(canary).toString('base64')), 'no data')
        ok(record.key === undefined || !text.includes(record.key), 'no key')
        ok(!text.includes('://'), 'no URL')
      }
    },
  },
]
