import { LedgerError, type LedgerErrorCode, type NewRecord } from '@careledger/ledger-spec'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listBackend } from './__fixtures__/list-backend.ts'
import { composeLedger } from './index.ts'

const STREAM = 's'
/** What becomes of one `send`; after the script has ended, all is well. */
const sendings = ['accepted', 'moved', 'unknown and there', 'unknown and lost', 'vendor error after', 'rejected', 'unavailable'] as const
type Sending = (typeof sendings)[number]

/** Codes after which nothing of the call may ever be there (append-5). */
const NOTHING_STANDS: readonly LedgerErrorCode[] = ['LEDGER_UNAVAILABLE', 'LEDGER_REJECTED', 'LEDGER_ABORTED', 'LEDGER_CLOSED']

const record = (id: number): NewRecord => ({ id: String(id).padStart(32, '0'), digest: 'a'.repeat(64) })

function scripted(script: Sending[]) {
  return listBackend((right) => ({
    async send(...call) {
      const sending = script.shift() ?? 'accepted'
      if (sending === 'moved') return { outcome: 'moved' }
      if (sending === 'rejected') throw new LedgerError('LEDGER_REJECTED', 'no')
      if (sending === 'unavailable') throw new LedgerError('LEDGER_UNAVAILABLE', 'not sent')
      if (sending === 'unknown and lost') throw new LedgerError('LEDGER_OUTCOME_UNKNOWN', 'no answer')
      const sent = await right.send(...call)
      if (sending === 'unknown and there') throw new LedgerError('LEDGER_OUTCOME_UNKNOWN', 'no answer')
      if (sending === 'vendor error after') throw new Error('socket hang up')
      return sent
    },
  }))
}

describe('appends through a ledger that fails in every way', () => {
  const calls = fc.array(fc.record({ ids: fc.uniqueArray(fc.nat(12), { minLength: 1, maxLength: 4 }), abortAfterMs: fc.option(fc.nat(6), { nil: undefined }) }), { minLength: 1, maxLength: 8 })

  it('tell the truth, double nothing, keep calls together, and are settled by calling again', async () => {
    await fc.assert(fc.asyncProperty(calls, fc.array(fc.constantFrom(...sendings), { maxLength: 12 }), async (asked, script) => {
      const backend = scripted(script)
      const ledger = composeLedger(backend)
      const results = await Promise.all(asked.map(async ({ ids, abortAfterMs }) => {
        const signal = abortAfterMs === undefined ? undefined : AbortSignal.timeout(abortAfterMs)
        const records = ids.map(record)
        return await ledger.append(STREAM, records, { signal }).then((receipts) => ({ records, receipts, code: undefined }), (error: LedgerError) => ({ records, receipts: undefined, code: error.code }))
      }))
      const left = script.splice(0)
      // One append at a time: when this one is through, nothing is on its way any more.
      await ledger.append(STREAM, [record(99)])
      const promised = new Set(results.flatMap(({ records, receipts }) => (receipts === undefined ? [] : records)).map(({ id }) => id))
      const maybe = new Set(results.flatMap(({ records, code }) => (code === 'LEDGER_OUTCOME_UNKNOWN' ? records : [])).map(({ id }) => id))
      const there = backend.records.map(({ id }) => id)
      const whole = [...asked.flatMap(({ ids }) => ids), 99].map((id) => record(id).id)
      expect(new Set(there).size).toBe(there.length)
      for (const id of promised) expect(there).toContain(id)
      for (const { records, code } of results) {
        if (code === undefined || !NOTHING_STANDS.includes(code)) continue
        for (const { id } of records) expect(there.includes(id) && !promised.has(id) && !maybe.has(id), `${code} and there`).toBe(false)
      }
      for (const sent of backend.sends) {
        const first = there.indexOf(sent[0]?.id ?? '')
        expect(there.slice(first, first + sent.length)).toEqual(sent.map(({ id }) => id))
      }
      script.push(...left)
      for (const { records } of results) await again(() => ledger.append(STREAM, records))
      expect([...new Set(backend.records.map(({ id }) => id))].sort()).toEqual([...new Set(whole)].sort())
      expect(new Set(backend.records.map(({ id }) => id)).size).toBe(backend.records.length)
      await ledger.close()
    }), { numRuns: 150 })
  }, 60_000)
})

/** Calls until it resolves: the rest of the script is used up in between. */
async function again(append: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if (await append().then(() => true, () => false)) return
  }
  throw new Error('twenty attempts were not enough')
}
