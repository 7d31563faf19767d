import { ok } from 'node:assert'
import type { ConformanceTest } from '../ledger-under-test.ts'
import { equal } from '../expect.ts'
import { appendFinal, listAll, newRecord, STREAM } from '../make-records.ts'

export const describeTests: readonly ConformanceTest[] = [
  {
    title: 'create() gives a fresh ledger each time',
    async run(subject, options) {
      const other = await options.create()
      try {
        const record = newRecord()
        await appendFinal(subject.ledger, STREAM, [record])
        equal(await other.ledger.getMany(STREAM, [record.id]), [undefined])
        equal(await listAll(other.ledger, STREAM), [])
      } finally {
        await other.dispose()
      }
    },
  },
  {
    title: '[describe-1] the description keeps its bounds',
    async run({ ledger }) {
      const { specVersion, kind, ledgerId, limits, finalWithinMs, append } = ledger.describe()
      equal(specVersion, 'v1')
      ok(kind.length > 0 && ledgerId.length > 0, 'kind and ledgerId are not empty')
      ok(!ledgerId.includes('://'), 'ledgerId is no URL')
      ok(append === 'ordered' || append === 'first-final', 'append is one of two words')
      ok(finalWithinMs > 0, 'finalWithinMs is above 0')
      for (const value of [limits.recordsMax, limits.appendBytesMax, limits.pageMax]) ok(Number.isSafeInteger(value) && value >= 1, 'limits are whole and at least 1')
      ok(limits.dataBytesMax >= 1_024, 'every ledger takes 1,024 bytes of data')
      ok(limits.recordBytes + limits.dataFactor * 1_024 <= limits.appendBytesMax, 'a record with 1,024 bytes of data fits in one append')
    },
  },
  {
    title: '[describe-1] the description stays the same, for every client and after a restart',
    async run(subject) {
      const first = subject.ledger.describe()
      await appendFinal(subject.ledger, STREAM, [newRecord()])
      equal(subject.ledger.describe(), first)
      equal((await subject.second()).describe(), first)
      equal((await subject.reopen()).describe(), first)
    },
  },
]
