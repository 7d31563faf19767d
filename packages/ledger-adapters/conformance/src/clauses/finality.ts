import { ok } from 'node:assert'
import type { Finality } from '@careledger/ledger-spec'
import type { ConformanceTest } from '../ledger-under-test.ts'
import { equal } from '../expect.ts'
import { appendFinal, atMost, hex, newRecord, newRecords, OTHER_STREAM, STREAM } from '../make-records.ts'
import { patienceMs } from '../watching.ts'

const STEP: Readonly<Record<Finality, number>> = { absent: 0, pending: 1, final: 2, lost: 3 }

export const finalityTests: readonly ConformanceTest[] = [
  {
    title: '[finality-1] an accepted record becomes final in time and stays so, for every client and after a restart',
    async run(subject) {
      const { ledger } = subject
      const receipts = await ledger.append(STREAM, newRecords(atMost(ledger, 2)))
      const seen: Finality[] = []
      const end = Date.now() + patienceMs(ledger)
      while (seen.at(-1) !== 'final') {
        const [state = 'absent'] = await ledger.finality(receipts)
        ok(STEP[state] >= STEP[seen.at(-1) ?? 'pending'] && state !== 'lost', `from ${seen.at(-1) ?? 'accepted'} to ${state}`)
        seen.push(state)
        ok(Date.now() < end, 'final within the time that the description gives')
        await new Promise((resolve) => { setTimeout(resolve, 10) })
      }
      const all = receipts.map(() => 'final')
      equal(await (await subject.second()).finality(receipts), all)
      await appendFinal(ledger, STREAM, newRecords(2))
      equal(await ledger.finality(receipts), all)
      equal(await (await subject.reopen()).finality(receipts), all)
    },
  },
  {
    title: '[finality-1] what is listed is final, and what is pending is not listed',
    async run({ ledger }) {
      for (let turn = 0; turn < 3; turn += 1) {
        const [receipt] = await ledger.append(STREAM, [newRecord()])
        const listed = (await ledger.list(STREAM, { limit: 10 })).records
        for (const record of listed) {
          equal(record.state, 'final')
          equal(await ledger.finality([{ stream: STREAM, id: record.id, digest: record.digest }]), ['final'])
        }
        if (receipt?.state === 'final') ok(listed.some((record) => record.id === receipt.id), 'a final record is listed')
      }
    },
  },
  {
    title: '[finality-2] another digest of a final id is lost',
    async run({ ledger }) {
      const record = newRecord()
      await appendFinal(ledger, STREAM, [record])
      equal(await ledger.finality([
        { stream: STREAM, id: record.id, digest: hex(32) },
        { stream: STREAM, id: record.id, digest: record.digest },
        { stream: OTHER_STREAM, id: record.id, digest: record.digest },
      ]), ['lost', 'final', 'absent'])
    },
  },
  {
    title: '[finality-3] what the ledger does not know is absent',
    async run({ ledger }) {
      equal(await ledger.finality([{ stream: STREAM, id: hex(16), digest: hex(32) }]), ['absent'])
      equal(await ledger.finality([]), [])
    },
  },
]
