import { ok } from 'node:assert'
import type { ListedRecord, Page } from '@careledger/ledger-spec'
import type { ConformanceTest } from '../ledger-under-test.ts'
import { equal, rejects } from '../expect.ts'
import { appendFinal, atMost, hex, idsOf, listAll, newRecord, newRecords, OTHER_STREAM, shown, STREAM } from '../make-records.ts'
import { watchSome } from '../watching.ts'

export const listTests: readonly ConformanceTest[] = [
  {
    title: '[order-1] list, list by key and watch follow one order, the same for every client',
    async run(subject) {
      const { ledger } = subject
      const other = await subject.second()
      const keys = [hex(32), hex(32)] as const
      const records = Array.from({ length: 12 }, (_, index) => newRecord({ key: index % 3 === 2 ? undefined : keys[index % 3] }))
      await Promise.all([appendFinal(ledger, STREAM, records.slice(0, 6)), appendFinal(other, STREAM, records.slice(6))])
      const listed = await listAll(ledger, STREAM)
      equal([...idsOf(listed)].sort(), [...idsOf(records)].sort())
      for (const client of [ledger, other]) {
        equal(shown(await listAll(client, STREAM, { limit: 5 })), shown(listed))
        equal(shown(await watchSome(client, STREAM, listed.length)), shown(listed))
        for (const key of keys) equal(shown(await listAll(client, STREAM, { key, limit: 2 })), shown(listed.filter((record) => record.key === key)))
      }
    },
  },
  {
    title: '[position-1] positions increase as text, and are at most 64 ASCII characters',
    async run({ ledger }) {
      await appendFinal(ledger, STREAM, newRecords(13))
      const positions = (await listAll(ledger, STREAM, { limit: 4 })).map((record) => record.position)
      equal(positions.length, 13)
      for (const [index, position] of positions.entries()) {
        ok(/^[\x21-\x7e]{1,64}$/.test(position), 'a position is 1 to 64 printable ASCII characters')
        ok(index === 0 || (positions[index - 1] ?? '') < position, 'positions increase strictly')
      }
    },
  },
  {
    title: '[position-2] a record keeps its position, for every client and after a restart',
    async run(subject) {
      const places = (listed: readonly ListedRecord[]) => listed.map((record) => [record.id, record.position])
      await appendFinal(subject.ledger, STREAM, newRecords(4))
      const first = places(await listAll(subject.ledger, STREAM))
      await appendFinal(await subject.second(), STREAM, newRecords(3))
      equal(places(await listAll(await subject.second(), STREAM)).slice(0, 4), first)
      equal(places(await listAll(await subject.reader(), STREAM)).slice(0, 4), first)
      const again = await subject.reopen()
      await appendFinal(again, STREAM, newRecords(2))
      const last = places(await listAll(again, STREAM))
      equal(last.slice(0, 4), first)
      equal(last.length, 9)
    },
  },
  {
    title: '[position-3] a stream does not move when another is written, and foreign positions are refused',
    async run({ ledger }) {
      await appendFinal(ledger, STREAM, newRecords(3))
      const before = await listAll(ledger, STREAM)
      await appendFinal(ledger, OTHER_STREAM, newRecords(5))
      await appendFinal(ledger, STREAM, newRecords(2))
      const after = await listAll(ledger, STREAM)
      equal(shown(after.slice(0, 3)), shown(before))
      equal(after.length, 5)
      equal((await ledger.list(STREAM, { after: after.at(-1)?.position, limit: 1 })).records, [])
      await rejects(() => ledger.list(STREAM, { after: 'not/a/position', limit: 1 }), 'LEDGER_INVALID_RECORD')
    },
  },
  {
    title: '[list-1] paging neither skips nor doubles while others append',
    async run(subject) {
      const { ledger } = subject
      const writer = await subject.second()
      const first = newRecords(9)
      await appendFinal(writer, STREAM, first)
      const later = newRecords(6)
      const seen: ListedRecord[] = []
      let after: string | undefined
      for (let turn = 0; ; turn += 1) {
        const page = await ledger.list(STREAM, { after, limit: 2 })
        seen.push(...page.records)
        after = page.next
        if (after === undefined) break
        const next = later[turn]
        if (next !== undefined) await writer.append(STREAM, [next], { until: 'final' })
      }
      const all = await listAll(ledger, STREAM)
      equal(idsOf(seen.slice(0, 9)), idsOf(first))
      equal(shown(seen), shown(all.slice(0, seen.length)))
      equal(shown((await ledger.list(STREAM, { after: seen.at(-1)?.position, limit: 50 })).records), shown(all.slice(seen.length)))
    },
  },
  {
    title: '[list-2] a page is short only at the end, and the last one has no next',
    async run({ ledger }) {
      const key = hex(32)
      await appendFinal(ledger, STREAM, Array.from({ length: 12 }, (_, index) => newRecord(index % 2 === 0 ? { key } : {})))
      for (const query of [{ total: 12 }, { total: 6, key }]) {
        for (const limit of [1, 4, 5, query.total, query.total + 1]) {
          if (limit > ledger.describe().limits.pageMax) continue
          let left = query.total
          let after: string | undefined
          while (left > 0) {
            const page = await ledger.list(STREAM, { key: query.key, after, limit })
            equal(page.records.length, Math.min(left, limit))
            left -= page.records.length
            after = page.records.at(-1)?.position
            equal(page.next, left === 0 ? undefined : after)
          }
          empty(await ledger.list(STREAM, { key: query.key, after, limit }))
        }
      }
    },
  },
  {
    title: '[list-2] a page that a transaction does not fit in ends inside the transaction',
    async run({ ledger }) {
      const records = newRecords(atMost(ledger, 7))
      await ledger.append(STREAM, records, { until: 'final' })
      equal(idsOf(await listAll(ledger, STREAM, { limit: 3 })), idsOf(records))
      for (const record of await listAll(ledger, STREAM)) {
        const rest = await ledger.list(STREAM, { after: record.position, limit: 20 })
        equal(idsOf(rest.records), idsOf(records.slice(records.findIndex(({ id }) => id === record.id) + 1)))
      }
    },
  },
  {
    title: '[list-3] an unknown key or an empty stream is an empty page',
    async run({ ledger }) {
      empty(await ledger.list(STREAM, { limit: 10 }))
      await appendFinal(ledger, STREAM, [newRecord(), newRecord({ key: undefined })])
      empty(await ledger.list(STREAM, { key: hex(32), limit: 10 }))
      empty(await ledger.list(OTHER_STREAM, { limit: 10 }))
    },
  },
]

function empty(page: Page): void {
  equal(page.records, [])
  equal(page.next, undefined)
}
