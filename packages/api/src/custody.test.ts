import { closeCustody, giveConsent, importBundle, readTrust, transferCustody, verifyProofText, withdrawConsent } from '@careledger/client'
import type { CareLedgerClient } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { startInstance } from './__fixtures__/instance.ts'
import type { TestInstance } from './__fixtures__/instance.ts'

let instance: TestInstance
let [clerk, receiver, patient]: readonly CareLedgerClient[] = []
beforeAll(async () => {
  instance = await startInstance();
  [clerk, receiver, patient] = [await instance.as('clerk-a'), await instance.as('doctor-b'), await instance.as('patient-a')]
})
afterAll(() => instance.stop())

describe('a transfer of custody', () => {
  it('needs the patient\'s signed consent, goes on where it was cut short, keeps the old proofs, and ends the old custodian\'s writing', async () => {
    const [from, to, person] = [receiver, receiver, patient] as [CareLedgerClient, CareLedgerClient, CareLedgerClient]
    const imported = await importBundle(clerk as CareLedgerClient, smallBundle({ observations: 51 }), { linkTo: 'patient-a', wait: 'sequenced' })
    const [at] = (await person.hospital.consents.subjects.query({})).items
    if (at === undefined) throw new Error('The patient has no record.')
    const trust = await readTrust(to)
    const transfer = { from, to, patient: imported.patient, trust, linkTo: 'patient-a' }
    await expect(transferCustody(transfer)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })

    const consent = await giveConsent(person, at, { grantee: 'hospital-b', purpose: 'patient-request', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false })
    expect(await transferCustody({ ...transfer, dryRun: true })).toEqual({ total: 52, written: 0 })
    let told = 0
    const cut = new Error('cut short')
    await expect(transferCustody({ ...transfer, onProgress: ({ done, total }) => { if (done > total / 2 && ++told === 2) throw cut } })).rejects.toBe(cut)
    const rest = await transferCustody(transfer)
    expect([rest.total, rest.written > 0 && rest.written < 52]).toEqual([52, true])
    expect(await transferCustody(transfer)).toEqual({ patient: rest.patient, total: 52, written: 0 })

    const here = await to.hospital.records.list.query({ patient: rest.patient as string, limit: 100 })
    expect([here.items.length, here.counts, here.decision.rule]).toEqual([52, { Observation: 51, Patient: 1 }, 'custodian-staff'])
    const record = here.items.find(({ type }) => type === 'Observation')?.id as string
    const { origin } = await to.hospital.custody.origin.query({ id: record })
    expect(origin).toMatchObject({ custodian: 'hospital-a', author: 'clerk-a' })
    expect(await verifyProofText(origin?.proof ?? '', trust)).toMatchObject({ valid: true, file: { entry: { custodian: 'hospital-a', id: origin?.entry } } })
    const [read, former] = [await to.hospital.records.read.query({ id: record }), await (clerk as CareLedgerClient).hospital.records.read.query({ id: origin?.entry ?? '' })]
    expect(read.opening.payload).toBe(former.opening.payload)
    await expect((clerk as CareLedgerClient).hospital.custody.origin.query({ id: record })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })

    const close = (by: CareLedgerClient, id = consent.id) => closeCustody(by, at, { to: 'hospital-b', consent: id })
    await expect(close(receiver as CareLedgerClient)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const other = await giveConsent(person, at, { grantee: 'hospital-b', purpose: 'patient-request', types: ['Observation'], expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false })
    await expect(close(clerk as CareLedgerClient, other.id)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await close(clerk as CareLedgerClient)
    await expect(close(clerk as CareLedgerClient)).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    await expect(importBundle(clerk as CareLedgerClient, smallBundle({ observations: 52 }))).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect((await (clerk as CareLedgerClient).hospital.records.list.query({ patient: imported.patient, limit: 1 })).counts).toEqual({ Observation: 51, Patient: 1 })

    await withdrawConsent(person, at, consent.id)
    await withdrawConsent(person, at, other.id)
    await expect(transferCustody(transfer)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect((await person.hospital.consents.subjects.query({})).items.map(({ custodian }) => custodian).sort()).toEqual(['hospital-a', 'hospital-b'])
  })
})
