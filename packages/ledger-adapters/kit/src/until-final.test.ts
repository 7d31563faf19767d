import type { Finality, LedgerRecord } from '@careledger/ledger-spec'
import { LedgerError } from '@careledger/ledger-spec'
import { describe, expect, it } from 'vitest'
import { listBackend, newRecord, newRecords } from './__fixtures__/list-backend.ts'
import { composeLedger, type LedgerBackend } from './index.ts'

const STREAM = 's'

/** A ledger that accepts at once and answers `finality` from a script; the last answer stays. With `absent` its records are gone. */
function scripted(answers: readonly (Finality | Error)[], settings: { readonly finalWaitMs?: number } = {}) {
  let asked = 0
  const backend = listBackend((right): Partial<LedgerBackend> => ({
    send: async (...call) => ({ ...(await right.send(...call)), outcome: 'accepted', state: 'pending' }),
    getMany: async (...call) => (await right.getMany(...call)).map((record): LedgerRecord | undefined => record && { ...record, state: 'pending' }),
    async finality(receipts) {
      const answer = answers[Math.min(asked, answers.length - 1)] ?? 'pending'
      asked += 1
      if (answer instanceof Error) throw answer
      if (answer === 'absent') backend.records.length = 0
      return receipts.map(() => answer)
    },
  }))
  return { backend, ledger: composeLedger(backend, { pollMs: 2, ...settings }) }
}

describe('until final', () => {
  it('waits, and survives a ledger that cannot be read for a while', async () => {
    const { ledger } = scripted(['pending', new Error('ECONNREFUSED'), 'pending', 'final'])
    expect((await ledger.append(STREAM, newRecords(2), { until: 'final' })).map(({ state }) => state)).toEqual(['final', 'final'])
  })

  it('appends again what the ledger has dropped', async () => {
    const record = newRecord()
    const { ledger, backend } = scripted(['pending', 'absent', 'final'])
    await ledger.append(STREAM, [record], { until: 'final' })
    expect(backend.sends.map((sent) => sent.map(({ id }) => id))).toEqual([[record.id], [record.id]])
  })

  it('rejects with LEDGER_CONFLICT when the id was lost', async () => {
    const record = newRecord()
    await expect(scripted(['pending', 'lost']).ledger.append(STREAM, [record], { until: 'final' })).rejects.toMatchObject({ code: 'LEDGER_CONFLICT', details: { ids: [record.id] } })
  })

  it('rejects with LEDGER_OUTCOME_UNKNOWN at the end of its patience, on abort and on close', async () => {
    const late = scripted(['pending'], { finalWaitMs: 20 })
    await expect(late.ledger.append(STREAM, newRecords(1), { until: 'final' })).rejects.toMatchObject({ code: 'LEDGER_OUTCOME_UNKNOWN' })
    const aborted = scripted(['pending'])
    await expect(aborted.ledger.append(STREAM, newRecords(1), { until: 'final', signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ code: 'LEDGER_OUTCOME_UNKNOWN' })
    const closed = scripted(['pending'])
    const appending = expect(closed.ledger.append(STREAM, newRecords(1), { until: 'final' })).rejects.toMatchObject({ code: 'LEDGER_OUTCOME_UNKNOWN' })
    await new Promise((resolve) => { setTimeout(resolve, 10) })
    await closed.ledger.close()
    await appending
  })

  it('passes a broken promise of finality on', async () => {
    const { ledger } = scripted(['pending', new LedgerError('LEDGER_CORRUPTION', 'A final record moved')])
    await expect(ledger.append(STREAM, newRecords(1), { until: 'final' })).rejects.toMatchObject({ code: 'LEDGER_CORRUPTION' })
  })
})
