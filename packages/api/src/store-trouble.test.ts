import { giveConsent, importBundle } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { startInstance } from './__fixtures__/instance.ts'
import type { TestInstance } from './__fixtures__/instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await startInstance()
})
afterAll(() => instance.stop())

/** Lets the store refuse in the way of `code` while `body` runs: reads, writes or both. */
async function withTrouble(code: string, verbs: readonly ('read' | 'write')[], body: () => Promise<void>): Promise<void> {
  const { store } = instance.parts
  const own = { read: store.read, write: store.write }
  const refuse = () => Promise.reject(Object.assign(new Error('The disk at canary-path is full.'), { name: 'StoreError', code, details: { table: 'canary' } }))
  for (const verb of verbs) Object.assign(store, { [verb]: refuse })
  try {
    await body()
  } finally {
    Object.assign(store, own)
  }
}

describe('a store in trouble', () => {
  it('that cannot be reached, or whose disk is full, gives UNAVAILABLE, 503 and not ready; afterwards everything goes on', async () => {
    const doctor = await instance.as('doctor-a')
    await withTrouble('STORE_UNAVAILABLE', ['read', 'write'], async () => {
      await expect(doctor.session.me.query({})).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await expect(doctor.hospital.patients.list.query({})).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      const anonymous = await fetch(`${instance.url}/log/checkpoint`)
      expect([anonymous.status, anonymous.headers.get('retry-after')]).toEqual([503, '1'])
      expect(await anonymous.text()).not.toContain('canary')
    })
    expect((await doctor.session.me.query({})).party).toBe('doctor-a')
  })

  it('lets no caller in while it cannot tell whether a proof was used before', async () => {
    const doctor = await instance.as('doctor-a')
    await withTrouble('STORE_UNAVAILABLE', ['write'], async () => {
      await expect(doctor.session.me.query({})).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    })
  })

  it('whose queue is full gives BUSY, and a lost answer OUTCOME_UNKNOWN; repeated with the same entries it is written once', async () => {
    const clerk = await instance.as('clerk-a')
    const imported = await importBundle(clerk, smallBundle({ identifier: 'T-1' }), { linkTo: 'patient-a' })
    const patient = await instance.as('patient-a')
    const [at] = (await patient.hospital.consents.subjects.query({})).items
    if (at === undefined) throw new Error('The patient has no record.')
    const terms = { grantee: 'doctor-b', purpose: 'treatment', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false } as const
    const { store } = instance.parts
    const { write } = store
    for (const code of ['STORE_BUSY', 'STORE_OUTCOME_UNKNOWN']) {
      Object.assign(store, { write: (request: Parameters<typeof write>[0]) => ((request.entries?.length ?? 0) > 0 ? Promise.reject(Object.assign(new Error('No.'), { name: 'StoreError', code })) : write.call(store, request)) })
      await expect(giveConsent(patient, at, terms)).rejects.toMatchObject({ code: code.replace('STORE_', '') })
    }
    Object.assign(store, { write })
    await giveConsent(patient, at, terms)
    expect((await patient.hospital.consents.list.query({})).items).toHaveLength(1)
    expect((await (await instance.as('doctor-b')).hospital.records.list.query({ patient: imported.patient })).items).toHaveLength(4)
  })

  it('leaves its own words in no answer and no log line', () => {
    expect(instance.lines.join('\n')).not.toContain('canary')
  })
})
