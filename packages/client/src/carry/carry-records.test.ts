import { Problem } from '@careledger/api/contracts'
import { describe, expect, it } from 'vitest'
import type { CareLedgerClient } from '../client-types.ts'
import { fetchCarried } from './carry-records.ts'

const item = (id: string, type: string, date?: string, replacedBy?: string) => ({ id, type, date, replacedBy })
const custodian = { party: 'a', name: 'Hospital A' }

/** A client of one page of records, whose proofs are refused as many times as `limited` says. */
function clientOf(items: readonly object[], limited = 0): CareLedgerClient {
  let refusals = limited
  return {
    now: () => new Date('2026-11-26T12:00:00Z'),
    platform: { trust: { query: () => Promise.resolve({ origin: 'log' }) } },
    hospital: { records: {
      list: { query: () => Promise.resolve({ items }) },
      proof: { query: ({ id }: { readonly id: string }) => (refusals-- > 0 ? Promise.reject(new Problem('RATE_LIMITED', 'Wait.', { details: { retryAfterSeconds: 0 } })) : Promise.resolve({ proof: id })) },
    } },
  } as unknown as CareLedgerClient
}

describe('what is carried', () => {
  it('are newest versions within the time, and always the patient', async () => {
    const items = [item('p', 'Patient'), item('old', 'Condition', '2019-01-01'), item('in', 'Condition', '2024-05-05'), item('month', 'Condition', '2024-05'), item('undated', 'Condition'), item('replaced', 'Condition', '2024-06-01', 'in')]
    expect((await fetchCarried(clientOf(items), { patient: 'x', custodian, from: '2024-05-01', to: '2024-12-31' })).proofs).toEqual(['p', 'in', 'month'])
    expect((await fetchCarried(clientOf(items), { patient: 'x', custodian })).proofs).toEqual(['p', 'old', 'in', 'month', 'undated'])
  })

  it('is fetched as fast as the instance allows, and no faster', async () => {
    expect((await fetchCarried(clientOf([item('a', 'Patient'), item('b', 'Condition')], 7), { patient: 'x', custodian })).proofs).toEqual(['a', 'b'])
    await expect(fetchCarried(clientOf([item('a', 'Patient')], 99), { patient: 'x', custodian })).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  })

  it('is refused when it is more than one file carries', async () => {
    const items = Array.from({ length: 4097 }, (_, n) => item(String(n), 'Condition'))
    await expect(fetchCarried(clientOf(items), { patient: 'x', custodian })).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' })
  })
})
