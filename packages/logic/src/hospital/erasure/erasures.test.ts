import { commit, entryBytes, instantText, newEntryId, newSalt, signEntry, toBase64url, utf8, verifyProof, type Entry } from '@careledger/proof'
import { describe, expect, it, vi } from 'vitest'
import type { SignedEntry } from '../../entries/signed-entry.ts'
import { startLog } from '../../log/start-log.ts'
import { audit } from '../../maintenance/audit/audit.ts'
import { rebuild } from '../../maintenance/rebuild.ts'
import { buildProof } from '../../log/build-proof.ts'
import { createHospitalWorld, observation, type Admitted, type HospitalWorld, type Member } from '../__fixtures__/hospital-world.ts'
import { listRecords } from '../records.ts'
import { HOLD_MEDIA_TYPE, RETENTION_MEDIA_TYPE, retentionBytes } from '../retention/retention-payloads.ts'
import { setRetention, writeHold } from '../retention/retention.ts'
import { ERASURE_ORDER_MEDIA_TYPE, ERASURE_PROPOSAL_MEDIA_TYPE, ERASURE_REFUSAL_MEDIA_TYPE, erasureBytes, type ErasureOrder } from './erasure-payloads.ts'
import { decideErasure, listErasures, ownErasures, readCertificate, readErasureCase, requestErasure } from './erasures.ts'
import { runErasures } from './run-erasures.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'

async function sign(world: HospitalWorld, by: Member, members: Partial<Entry> & Pick<Entry, 'type'>, payload?: { readonly mediaType: string; readonly bytes: Uint8Array }): Promise<SignedEntry & { readonly id: string }> {
  const opening = payload === undefined ? undefined : { salt: newSalt(), mediaType: payload.mediaType, payload: payload.bytes }
  const entry: Entry = {
    v: 1, id: newEntryId(world.clock.now), network: 'hospital', custodian: 'hospital-a', issuedAt: instantText(world.clock.now), author: by.author, ...members,
    ...(opening === undefined ? {} : { payload: toBase64url(commit(opening)) }),
  }
  return { id: entry.id, entry: entryBytes(entry), signature: await signEntry(entry, by.signer), opening }
}

const admit = (world: HospitalWorld, number = 'E-1'): Promise<Admitted> => world.admit({ person: world.people.ada, number, resources: [observation(number, '2020-01-01')] })
const ask = async (world: HospitalWorld, { subject }: Admitted, by: Member = world.people.ada) => (await requestErasure(world.parts, by.actor, { entry: await sign(world, by, { type: 'erasure-requested', subject }) })).id
const decide = async (world: HospitalWorld, by: Member, members: Partial<Entry> & Pick<Entry, 'type'>, payload?: { readonly mediaType: string; readonly bytes: Uint8Array }) => decideErasure(world.parts, by.actor, { entry: await sign(world, by, members, payload) })
const propose = async (world: HospitalWorld, { subject }: Admitted, request?: string, by: Member = world.people.clerkA) =>
  (await decide(world, by, { type: 'erasure-proposed', subject }, { mediaType: ERASURE_PROPOSAL_MEDIA_TYPE, bytes: erasureBytes({ v: 1, ground: request === undefined ? 'period-ended' : 'request', ...(request === undefined ? {} : { request }) }) })).receipt.id
const approve = (world: HospitalWorld, { subject }: Admitted, order: Omit<ErasureOrder, 'v' | 'proposer'> & { readonly proposer?: string }, by: Member = world.people.adminA) =>
  decide(world, by, { type: 'erasure-approved', subject, replaces: order.proposal }, { mediaType: ERASURE_ORDER_MEDIA_TYPE, bytes: erasureBytes({ v: 1, proposer: 'clerk-a', ...order }) })
const hold = async (world: HospitalWorld, { subject }: Admitted) => writeHold(world.parts, world.people.clerkA.actor, 'hold-placed', { entry: await sign(world, world.people.clerkA, { type: 'hold-placed', subject }, { mediaType: HOLD_MEDIA_TYPE, bytes: retentionBytes({ v: 1, basis: 'Claim 12 O 34/26' }) }) })

describe('an erasure that the patient asks for', () => {
  it('is proposed by one, approved by another, done at once, and certified so that anybody can check it offline; the patient finds the certificate', async () => {
    const world = await createHospitalWorld()
    const { ada, clerkA, adminA } = world.people
    const log = await startLog(world.parts)
    const [admitted, kept] = [await admit(world), await world.admit({ person: world.people.bob, number: 'E-2', resources: [observation('E-2', '2020-01-01')] })]
    const request = await ask(world, admitted)
    expect((await listErasures(world.parts, clerkA.actor)).open).toMatchObject([{ patient: admitted.patient, request: { entry: request, party: 'ada' }, erasable: true }])
    const proposal = await propose(world, admitted, request)
    expect((await readErasureCase(world.parts, adminA.actor, admitted.patient)).proposed).toMatchObject({ entry: proposal, by: 'clerk-a', ground: 'request' })
    const { certificate } = await approve(world, admitted, { proposal, request, asker: 'ada' })
    await expect(listRecords(world.parts, clerkA.actor, { patient: admitted.patient, purpose: 'treatment', limit: 5 })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const [done] = (await ownErasures(world.parts, ada.actor)).done
    expect(done).toMatchObject({ certificate, request, proposer: 'clerk-a', approver: 'admin-a', custodian: 'hospital-a' })
    expect((await listErasures(world.parts, clerkA.actor))).toMatchObject({ open: [], done: [{ certificate, subject: admitted.subject }] })
    const { proof } = await vi.waitFor(() => readCertificate(world.parts, certificate!))
    const checked = await verifyProof(utf8(proof), world.trust)
    expect([checked.valid, checked.file?.entry.type, proof.includes(admitted.patient)]).toEqual([true, 'subject-erased', false])
    await expect(readCertificate(world.parts, kept.records[1]!)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect((await verifyProof(utf8((await buildProof(world.parts, kept.records[1]!, { opening: true }))!), world.trust)).valid).toBe(true)
    await log.stop()
    const rows = async () => (await world.parts.store.read((view) => view.find({ table: 'erasure-order', limit: 10 }))).rows.map(({ key, value, indexes }) => ({ key, value: new TextDecoder().decode(value), indexes }))
    const before = await rows()
    await rebuild(world.parts)
    expect(await rows()).toEqual(before)
    expect((await audit(world.parts)).findings).toEqual([])
  })

  it('needs two people of this custodian with the role; the patient, one person alone, and another hospital cannot', async () => {
    const world = await createHospitalWorld()
    const { ada, bob, clerkA, doctorA, doctorB, adminA } = world.people
    const admitted = await admit(world)
    const refused = { code: 'NOT_ALLOWED' }
    await expect(ask(world, admitted, bob)).rejects.toMatchObject(refused)
    const request = await ask(world, admitted)
    await expect(ask(world, admitted)).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    for (const member of [ada, doctorA, doctorB, adminA]) await expect(propose(world, admitted, request, member)).rejects.toMatchObject(refused)
    await expect(approve(world, admitted, { proposal: newEntryId(), request, asker: 'ada' })).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    const proposal = await propose(world, admitted, request)
    for (const member of [clerkA, ada, doctorA, doctorB]) await expect(approve(world, admitted, { proposal, request, asker: 'ada' }, member)).rejects.toMatchObject(refused)
    for (const other of [{ proposal, request, asker: 'bob' }, { proposal }, { proposal, request, asker: 'ada', proposer: 'somebody' }]) await expect(approve(world, admitted, other)).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    const certificate = await sign(world, clerkA, { type: 'subject-erased', subject: admitted.subject }, { mediaType: 'application/careledger-erasure+json', bytes: utf8(`{"generationAfter":1,"generationBefore":0,"order":{"approved":"${proposal}","by":["clerk-a","admin-a"],"proposed":"${proposal}"},"v":2}`) })
    await expect(acceptEntries(world.parts, [certificate], { actor: clerkA.actor })).rejects.toMatchObject(refused)
    for (const member of [doctorA, doctorB, ada]) await expect(readErasureCase(world.parts, member.actor, admitted.patient)).rejects.toMatchObject(refused)
    for (const member of [doctorA, doctorB]) expect(await listErasures(world.parts, member.actor)).toEqual({ open: [], done: [] })
    expect((await listRecords(world.parts, clerkA.actor, { patient: admitted.patient, purpose: 'treatment', limit: 5 })).value.items).toHaveLength(2)
  })

  it('is answered with the legal basis while a period runs, can be asked again, and be taken back', async () => {
    const world = await createHospitalWorld()
    const { ada, adminA, clerkA } = world.people
    const admitted = await admit(world)
    const rules = retentionBytes({ v: 1, rules: [{ jurisdiction: 'KR', years: 10, from: 'record', basis: 'Medical records, 10 years', source: 'https://law.example/15' }] })
    await setRetention(world.parts, adminA.actor, { entry: await sign(world, adminA, { type: 'retention-set' }, { mediaType: RETENTION_MEDIA_TYPE, bytes: rules }) })
    const request = await ask(world, admitted)
    await expect(propose(world, admitted, request)).rejects.toMatchObject({ code: 'ENTRY_CONFLICT', details: { problems: expect.arrayContaining([{ path: 'retention', code: 'kept', message: expect.stringContaining('Medical records, 10 years') }]) } })
    const [{ reasons }] = (await ownErasures(world.parts, ada.actor)).open as unknown as [{ reasons: never }]
    await decide(world, clerkA, { type: 'erasure-refused', subject: admitted.subject, replaces: request }, { mediaType: ERASURE_REFUSAL_MEDIA_TYPE, bytes: erasureBytes({ v: 1, reasons }) })
    expect((await ownErasures(world.parts, ada.actor)).open).toMatchObject([{ refused: { reasons: [{ kind: 'period', until: expect.stringMatching(/^20/) }, ...[]] } }])
    const again = await ask(world, admitted)
    await requestErasure(world.parts, ada.actor, { entry: await sign(world, ada, { type: 'erasure-request-withdrawn', subject: admitted.subject, replaces: again }) })
    expect((await listErasures(world.parts, clerkA.actor)).open).toEqual([])
  })

  it('is stopped by a hold, whenever it comes before the keys go; nothing is erased later by itself', async () => {
    const world = await createHospitalWorld()
    const { adminA, clerkA } = world.people
    const admitted = await admit(world)
    const proposal = await propose(world, admitted)
    const placed = await hold(world, admitted)
    expect((await readErasureCase(world.parts, adminA.actor, admitted.patient)).proposed).toBeUndefined()
    await expect(approve(world, admitted, { proposal })).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    await writeHold(world.parts, clerkA.actor, 'hold-released', { entry: await sign(world, clerkA, { type: 'hold-released', subject: admitted.subject, replaces: placed.id }, { mediaType: HOLD_MEDIA_TYPE, bytes: retentionBytes({ v: 1, basis: 'The claim was settled.' }) }) })
    await expect(approve(world, admitted, { proposal })).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    expect(await runErasures(world.parts)).toBe(0)
    const next = await propose(world, admitted)
    expect((await approve(world, admitted, { proposal: next })).certificate).toBeDefined()
  })

  it('goes on after a crash between the order and the certificate', async () => {
    let broken = false
    const world = await createHospitalWorld({ store: (store) => ({ ...store, write: (write) => (broken && write.projections?.some(({ next }) => next === null) === true && write.entries === undefined ? Promise.reject(Object.assign(new Error('gone'), { name: 'StoreError', code: 'STORE_UNAVAILABLE' })) : store.write(write)) }) })
    const admitted = await admit(world)
    const proposal = await propose(world, admitted)
    broken = true
    await expect(approve(world, admitted, { proposal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    broken = false
    expect([await runErasures(world.parts), await runErasures(world.parts)]).toEqual([1, 0])
    expect((await listErasures(world.parts, world.people.clerkA.actor)).done).toMatchObject([{ certificate: expect.any(String) }])
  })
})
