import { answerCustodyOrder, closeCustody, giveConsent, importBundle, offerCustody, openCustodyBundle, orderCustody, packCustody, readAttachmentStream, readTrust, refuseCustodyOffer, sealCustodyBundle, takeBackCustodyOffer, transferCustody, uploadAttachment, verifyProofText, withdrawConsent } from '@careledger/client'
import type { CareLedgerClient } from '@careledger/client'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { newKey, startInstance } from './__fixtures__/instance.ts'
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
    expect(await transferCustody(transfer)).toEqual({ patient: rest.patient, total: 52, written: 0, attachments: 0, receipt: rest.receipt })

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

describe('a record that is offered to another hospital', () => {
  it('is refused by it or taken back by the sender, with a reason that both and the patient read; a refused one is not closed, and each end sees how it stands', async () => {
    const [from, to] = [clerk, receiver] as [CareLedgerClient, CareLedgerClient]
    const [person, outsider] = [await instance.as('patient-b'), await instance.as('patient-a')]
    const { patient } = await importBundle(from, new TextEncoder().encode(new TextDecoder().decode(smallBundle({ observations: 1 })).replaceAll('MRN-1', 'MRN-7').replaceAll('A-1', 'A-7')), { linkTo: 'patient-b', wait: 'sequenced' })
    const at = (await person.hospital.consents.subjects.query({})).items.find(({ custodian }) => custodian === 'hospital-a')
    if (at === undefined) throw new Error('The patient has no record.')
    const consent = await giveConsent(person, at, { grantee: 'hospital-b', purpose: 'patient-request', expires: new Date(Date.now() + 86_400_000).toISOString(), direct: false })
    expect((await from.hospital.custody.prepare.query({ patient })).agreed).toMatchObject([{ to: 'hospital-b', toName: 'Hospital B', consent: consent.id }])
    const stands = async (by: CareLedgerClient) => (await by.hospital.custody.offers.query({})).items.find((item) => item.patient === patient)
    const told = async () => (await person.hospital.custody.state.query({ patient, purpose: 'patient-request' })).offer
    const offer = () => offerCustody(from, at, { to: 'hospital-b', consent: consent.id })
    expect([await stands(from), await stands(to), await told()]).toEqual([undefined, undefined, undefined])
    await expect(offerCustody(to, at, { to: 'hospital-b', consent: consent.id })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(offerCustody(from, at, { to: 'hospital-b', consent: patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })

    await offer()
    await expect(offer()).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    const received = await stands(to)
    if (received === undefined) throw new Error('The offer did not arrive.')
    expect([received, await stands(from)]).toMatchObject([{ direction: 'received', state: 'open', custodianName: 'Hospital A' }, { direction: 'made', state: 'open', toName: 'Hospital B' }])
    expect(await told()).toMatchObject({ state: 'open', toName: 'Hospital B' })
    await expect(refuseCustodyOffer(from, received, { reason: 'no-capacity' })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(takeBackCustodyOffer(to, received, { reason: 'sent-in-error' })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(refuseCustodyOffer(to, received, { reason: 'sent-in-error' as never })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await expect(outsider.hospital.custody.offers.query({})).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await refuseCustodyOffer(to, received, { reason: 'no-capacity', words: 'The ward is full until May.' })
    const refused = { state: 'refused', answer: { by: 'doctor-b', reason: 'no-capacity', words: 'The ward is full until May.' } }
    expect([await stands(from), await stands(to), await told()]).toMatchObject([refused, refused, refused])
    await expect(refuseCustodyOffer(to, received, { reason: 'no-capacity' })).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    await expect(closeCustody(from, at, { to: 'hospital-b', consent: consent.id })).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })

    await offer()
    const again = await stands(from)
    await takeBackCustodyOffer(from, again as never, { reason: 'patient-changed-mind' })
    expect([await stands(to), await told()]).toMatchObject([{ state: 'taken-back', answer: { reason: 'patient-changed-mind' } }, { state: 'taken-back' }])
    await offer()
    await closeCustody(from, at, { to: 'hospital-b', consent: consent.id })
    expect([await stands(to), await told()]).toMatchObject([{ state: 'taken' }, { state: 'taken' }])
    await expect(offer()).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
  })
})

describe('a custodian that closes', () => {
  it('gives records away under a confirmed order, in sealed files with attachments, against receipts, and says from then on who keeps them; nothing moves before', async () => {
    const [from, to, person] = [clerk, receiver, await instance.as('patient-b')] as [CareLedgerClient, CareLedgerClient, CareLedgerClient]
    const [owner, platform] = [await instance.as('hospital-a'), await instance.as('platform')]
    const other = new TextEncoder().encode(new TextDecoder().decode(smallBundle({ observations: 2 })).replaceAll('MRN-1', 'MRN-9').replaceAll('A-1', 'A-9'))
    const { patient } = await importBundle(from, other, { wait: 'sequenced' })
    const image = new Uint8Array(3000).map((_, n) => n % 251)
    const { record } = await uploadAttachment(from, new Blob([image]), { patient, mediaType: 'image/png', title: 'Scan', wait: 'sequenced' })
    const at = await from.hospital.custody.prepare.query({ patient })
    const order = { to: 'hospital-b', basis: 'Medical Service Act, article 40: a hospital that closes hands its records over' }
    await expect(orderCustody(from, 'hospital-a', order)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(orderCustody(await instance.as('hospital-b'), 'hospital-a', order)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const { id } = await orderCustody(owner, 'hospital-a', order)
    await expect(closeCustody(from, at, { to: 'hospital-b', order: id })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(answerCustodyOrder(owner, 'custody-order-confirmed', { custodian: 'hospital-a', order: id })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await answerCustodyOrder(platform, 'custody-order-confirmed', { custodian: 'hospital-a', order: id })
    expect((await owner.hospital.custody.order.query({ custodian: 'hospital-a' })).order).toMatchObject({ ...order, confirmed: {} })
    expect((await person.hospital.custody.order.query({ custodian: 'hospital-a' })).order?.basis).toBe(order.basis)

    const [ours, theirs] = [await newKey(), await newKey()]
    const sealed = await sealCustodyBundle(await packCustody(from, patient), ours.jwk)
    await expect(openCustodyBundle(sealed, theirs.jwk)).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
    await expect(packCustody(to, patient)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const bundle = await openCustodyBundle(sealed, ours.jwk)
    const trust = await readTrust(to)
    await expect(transferCustody({ from: { ...bundle, proofs: bundle.proofs.map((proof) => proof.replace('"index":', '"index":1')) }, to, patient, trust })).rejects.toMatchObject({ code: 'CORRUPTION' })
    await expect(transferCustody({ from: { ...bundle, proofs: bundle.proofs.map((proof) => proof.replace('"index":', '"index":1')) }, to, patient, trust, dryRun: true })).rejects.toMatchObject({ code: 'CORRUPTION' })
    expect(await transferCustody({ from: bundle, to, patient, trust, dryRun: true })).toEqual({ total: 4, written: 0 })
    const brought = await transferCustody({ from: bundle, to, patient, trust })
    expect(brought).toMatchObject({ total: 4, written: 4, attachments: 1, receipt: expect.any(String) })
    expect(await transferCustody({ from: bundle, to, patient, trust })).toEqual({ ...brought, written: 0, attachments: 0 })
    const items = (await to.hospital.records.list.query({ patient: brought.patient as string })).items
    const document = items.find(({ type }) => type === 'DocumentReference')
    const stream = await readAttachmentStream(to, (await from.hospital.attachments.list.query({ patient })).items[0]?.id as string, { record: document?.id })
    const pieces: Uint8Array[] = []
    for await (const piece of stream.chunks) pieces.push(piece)
    expect(Buffer.concat(pieces).equals(image)).toBe(true)
    expect(record).not.toBe(document?.id)

    const receipt = await vi.waitFor(async () => (await to.hospital.custody.receipt.query({ patient: brought.patient as string })).proof)
    expect(await verifyProofText(receipt, trust)).toMatchObject({ valid: true, file: { entry: { type: 'custody-received', custodian: 'hospital-b' } } })
    const hash = createHash('sha256').update(receipt).digest('base64url')
    await closeCustody(from, at, { to: 'hospital-b', order: id, receipt: hash })
    expect((await from.hospital.custody.state.query({ patient })).moved).toMatchObject({ to: 'hospital-b', toName: 'Hospital B', basis: order.basis, order: id, receipt: hash })
    await expect(to.hospital.custody.state.query({ patient })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await answerCustodyOrder(platform, 'custody-order-ended', { custodian: 'hospital-a', order: id })
    expect(await owner.hospital.custody.order.query({ custodian: 'hospital-a' })).toEqual({})
  })
})
