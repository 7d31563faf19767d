import { amendedResource, amendmentRecords, buildDraft, checkRecords, importBundle, newRecord, sendRecords, signRecords, WRITE_KINDS, withdrawnResource } from '@careledger/client'
import type { CareLedgerClient, Drafts, WriteContext, WriteKind, WritePlace } from '@careledger/client'
import { fromBase64url, fromUtf8, utf8 } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInstance } from './__fixtures__/instance.ts'
import type { TestInstance } from './__fixtures__/instance.ts'

let instance: TestInstance
let doctor: CareLedgerClient
let place: WritePlace
let context: WriteContext

beforeAll(async () => {
  instance = await startInstance()
  doctor = await instance.as('doctor-a')
  const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a11', resource: { resourceType: 'Patient', id: 'ada', identifier: [{ system: 'urn:test', value: 'W-9' }] } }] }
  const { patient } = await importBundle(doctor, utf8(JSON.stringify(bundle)), { linkTo: 'patient-a' })
  const prepared = await doctor.hospital.writing.prepare.query({ patient })
  place = { patient, subject: prepared.subject, custodian: prepared.custodian }
  context = { patient: prepared.reference, author: { party: 'doctor-a', name: 'Doctor A' }, at: doctor.now() }
})
afterAll(() => instance.stop())

const drafts: { readonly [Kind in WriteKind]: Drafts[Kind] } = {
  vitals: { values: { systolic: '121', diastolic: '80', heartRate: '72', respiratoryRate: '14', temperature: '36.50', saturation: '98', weight: '82.40', height: '171' } },
  note: { noteType: 'progress', text: 'Seen today.\nFeels well. 혈압이 안정적입니다.' },
  condition: { ...WRITE_KINDS.condition.empty, what: { text: 'Asthma', codings: [{ system: 'http://snomed.info/sct', code: '195967001' }] }, onset: '2019-05', note: 'Since childhood' },
  allergy: { ...WRITE_KINDS.allergy.empty, what: { text: 'Latex' }, reaction: 'Rash', severity: 'mild' },
  prescription: { ...WRITE_KINDS.prescription.empty, medicine: { text: 'Amoxicillin 500 mg' }, dose: '1', unit: '{tablet}', frequency: '3', days: '7' },
  order: { ...WRITE_KINDS.order.empty, what: { text: 'Full blood count' }, when: '2026-12-01', reason: 'Fatigue', note: 'Fasting' },
  taking: { medicine: { text: 'Warfarin 5 mg' }, dosage: 'One in the evening', source: 'Busan Medical Center', note: '' },
}

describe('what a doctor writes', () => {
  it.each(Object.keys(drafts) as WriteKind[])('of kind %s is valid FHIR R4, comes in byte for byte, and can be amended and withdrawn', async (kind) => {
    const built = buildDraft(kind, drafts[kind], context)
    const records = built.map(newRecord)
    expect(await checkRecords(doctor, place, records)).toEqual({ ok: true, problems: [], issues: [] })
    const receipts = await sendRecords(doctor, place, await signRecords(doctor, place, records))
    const [first] = kind === 'vitals' ? [receipts.length - 1] : [0]
    const written = await doctor.hospital.records.read.query({ id: receipts[first!]!.id })
    expect(fromUtf8(fromBase64url(written.opening.payload))).toBe(fromUtf8(records[first!]!.bytes))
    expect(written.item.author.party).toBe('doctor-a')

    const former = { entry: written.item.id, bytes: fromBase64url(written.opening.payload) }
    const next = amendedResource(former, built[first!]!, WRITE_KINDS[kind].owns, { code: 'wrong-value', text: '' })
    const amended = amendmentRecords(former, next, { code: 'wrong-value', text: 'Mistyped' }, context)
    const [second] = await sendRecords(doctor, place, await signRecords(doctor, place, amended))
    expect((await doctor.hospital.records.read.query({ id: former.entry })).item.replacedBy).toBe(second!.id)

    const last = { entry: second!.id, bytes: amended[0]!.bytes }
    const withdrawn = amendmentRecords(last, withdrawnResource(last), { code: 'wrong-patient', text: '' }, context)
    const [third, provenance] = await sendRecords(doctor, place, await signRecords(doctor, place, withdrawn))
    expect((await doctor.hospital.records.read.query({ id: third!.id })).item.status).toBe('entered-in-error')
    expect((await doctor.hospital.records.read.query({ id: provenance!.id })).item.title).toBe('Withdrawn: Wrong patient')
  })

  it('is told STALE with the entry that was first, over HTTP', async () => {
    const [receipt] = await sendRecords(doctor, place, await signRecords(doctor, place, buildDraft('order', drafts.order, context).map(newRecord)))
    const record = await doctor.hospital.records.read.query({ id: receipt!.id })
    const former = { entry: receipt!.id, bytes: fromBase64url(record.opening.payload) }
    const amend = async () => sendRecords(doctor, place, await signRecords(doctor, place, amendmentRecords(former, withdrawnResource(former), { code: 'duplicate', text: '' }, context)))
    const outcomes = await Promise.allSettled([amend(), amend()])
    const winner = outcomes.find((outcome) => outcome.status === 'fulfilled')
    const loser = outcomes.find((outcome) => outcome.status === 'rejected')
    expect(loser?.reason).toMatchObject({ code: 'STALE', details: { replacedBy: winner?.value[0]?.id, problems: [{ code: 'amended' }] } })
  })
})
