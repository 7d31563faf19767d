import { ok } from 'node:assert'
import type { NewRecord } from '@careledger/ledger-spec'
import type { ConformanceTest } from '../ledger-under-test.ts'
import { equal, settles } from '../expect.ts'
import { appendFinal, atMost, idsOf, listAll, newRecord, newRecords, STREAM } from '../make-records.ts'
import { watchSome } from '../watching.ts'

const ROUNDS = 4

export const raceTests: readonly ConformanceTest[] = [
  {
    title: '[append-4] [effective-1] of two contents for one id one becomes final, and the loser is told',
    async run(subject) {
      const { ledger } = subject
      const writers = [ledger, await subject.second()] as const
      const contested: string[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        const { id } = newRecord()
        contested.push(id)
        const batches = writers.map(() => [...newRecords(atMost(ledger, 2) - 1), newRecord({ id })])
        const results = await Promise.all(writers.map((writer, index) => settles(writer.append(STREAM, batches[index] ?? [], { until: 'final' }), 'LEDGER_CONFLICT')))
        equal(results.filter(({ error }) => error === undefined).length, 1, 'exactly one writer wins')
        const winner = results.findIndex(({ error }) => error === undefined)
        const won = batches[winner] ?? []
        const lost = batches[1 - winner] ?? []
        for (const reader of writers) equal((await reader.getMany(STREAM, [id])).map((record) => record?.digest), [won.at(-1)?.digest])
        equal(results[1 - winner]?.error?.details.ids, [id], 'the conflict names the id')
        equal(await ledger.finality([{ stream: STREAM, id, digest: lost.at(-1)?.digest ?? '' }]), ['lost'])
        if (ledger.describe().append === 'ordered') {
          equal((await ledger.getMany(STREAM, idsOf(lost.slice(0, -1)))).filter((record) => record !== undefined), [], 'nothing of the lost append stands')
        }
      }
      const listed = await listAll(ledger, STREAM)
      for (const id of contested) equal(listed.filter((record) => record.id === id).length, 1, 'the id is listed once')
      equal(idsOf(await watchSome(ledger, STREAM, listed.length)), idsOf(listed))
    },
  },
  {
    title: '[append-6] the same records from two clients at once are there once',
    async run(subject) {
      const writers = [subject.ledger, await subject.second()]
      const batches = Array.from({ length: 5 }, () => newRecords(atMost(subject.ledger, 3)))
      await Promise.all(batches.flatMap((batch) => writers.flatMap((writer) => [writer.append(STREAM, batch, { until: 'final' }), writer.append(STREAM, batch, { until: 'final' })])))
      const listed = idsOf(await listAll(subject.ledger, STREAM))
      equal([...listed].sort(), [...idsOf(batches.flat())].sort())
    },
  },
  {
    title: '[append-6] [append-7] many appends at once from two clients: each once, each together and in its order',
    async run(subject) {
      const writers = [subject.ledger, await subject.second()]
      const size = atMost(subject.ledger, 4)
      const batches: NewRecord[][] = Array.from({ length: 24 }, () => newRecords(size))
      await Promise.all(batches.map((batch, index) => writers[index % 2]?.append(STREAM, batch, { until: 'final' })))
      const listed = idsOf(await listAll(subject.ledger, STREAM, { limit: 7 }))
      equal(listed.length, batches.length * size)
      for (const batch of batches) {
        const first = listed.indexOf(batch[0]?.id ?? '')
        ok(first >= 0, 'the first record of the append is listed')
        equal(listed.slice(first, first + size), idsOf(batch))
      }
    },
  },
  {
    title: '[append-7] the missing part of a repeated append stands together, in its order',
    async run({ ledger }) {
      const records = newRecords(atMost(ledger, 6))
      const there = records.filter((_, index) => index % 2 === 1)
      if (there.length > 0) await appendFinal(ledger, STREAM, there)
      await ledger.append(STREAM, records, { until: 'final' })
      equal(idsOf(await listAll(ledger, STREAM)), idsOf([...there, ...records.filter((_, index) => index % 2 === 0)]))
    },
  },
  {
    title: '[effective-2] what an account without the right to write tried does not exist for any verb',
    async run(subject) {
      const reader = await subject.reader()
      const foreign = newRecord()
      await settles(reader.append(STREAM, [foreign]), 'LEDGER_UNAUTHORISED', 'LEDGER_OUTCOME_UNKNOWN')
      const good = newRecord({ id: foreign.id, key: foreign.key })
      await appendFinal(subject.ledger, STREAM, [good])
      for (const client of [subject.ledger, reader]) {
        equal((await client.getMany(STREAM, [good.id])).map((record) => record?.digest), [good.digest])
        equal((await listAll(client, STREAM, { key: good.key ?? '' })).map((record) => record.digest), [good.digest])
        equal((await watchSome(client, STREAM, 1)).map((record) => record.digest), [good.digest])
        equal(await client.finality([{ stream: STREAM, id: foreign.id, digest: foreign.digest }]), ['lost'])
      }
    },
  },
]
