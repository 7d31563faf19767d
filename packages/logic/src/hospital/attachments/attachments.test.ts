import { createHash } from 'node:crypto'
import { StoreError } from '@careledger/data-spec'
import { commit, entryBytes, fromUtf8, instantText, newEntryId, newSalt, randomBytes, signEntry, toBase64url, utf8, verifyProof, type Entry } from '@careledger/proof'
import fc from 'fast-check'
import { SENSITIVITIES } from '../../consent/sensitivity/kinds.ts'
import { describe, expect, it } from 'vitest'
import { settled } from '../../__fixtures__/world.ts'
import { listAccess } from '../access-list.ts'
import { readRecordProof } from '../record-proofs.ts'
import { buildProof } from '../../log/build-proof.ts'
import { startLog } from '../../log/start-log.ts'
import { audit } from '../../maintenance/audit/audit.ts'
import { erasePatient } from '../../maintenance/erase-patient.ts'
import { rebuild } from '../../maintenance/rebuild.ts'
import { dropErasedPayloads, sweepDocuments } from '../../maintenance/sweep-documents.ts'
import { createHospitalWorld, signImport, type Admitted, type HospitalWorld, type Member } from '../__fixtures__/hospital-world.ts'
import { addAttachment, appendPart, beginUpload, discardUpload, listAttachments, listUploads, readAttachment, sweepUploads, type AttachmentUpload } from './index.ts'

const CHUNK = 1_048_576

async function upload(world: HospitalWorld, by: Member, admitted: Pick<Admitted, 'patient' | 'subject'>, bytes: Uint8Array, changes: { readonly mediaType?: string; readonly size?: number; readonly body?: AsyncIterable<Uint8Array>; readonly entry?: Partial<Entry>; readonly signal?: AbortSignal; readonly committed?: Uint8Array } = {}): Promise<AttachmentUpload & { readonly id: string }> {
  const { mediaType = 'image/png' } = changes
  const salt = newSalt()
  const payload = commit({ salt, mediaType, payloadHash: new Uint8Array(createHash('sha256').update(changes.committed ?? bytes).digest()) })
  const entry: Entry = { v: 1, id: newEntryId(world.clock.now), network: 'hospital', type: 'attachment-created', subject: admitted.subject, custodian: 'hospital-a', issuedAt: instantText(world.clock.now), author: by.author, payload: toBase64url(payload), ...changes.entry }
  const attachment = { entry: entryBytes(entry), signature: await signEntry(entry, by.signer), salt, mediaType }
  return { id: entry.id, patient: admitted.patient, attachment, size: changes.size ?? bytes.length, records: [], body: changes.body ?? pieces(bytes, 100_000), signal: changes.signal }
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const piece of chunks) parts.push(piece.slice())
  return new Uint8Array(Buffer.concat(parts))
}

const documentsOf = (world: HospitalWorld): Promise<readonly string[]> => world.parts.documents.list({ limit: 1000 })

describe('attachments', () => {
  it('come out of any range as they went in, sealed at rest, and count as one read record', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ person: world.people.ada })
    const bytes = new Uint8Array(randomBytes(2 * CHUNK + 1000))
    const sent = await upload(world, world.people.doctorA, admitted, bytes)
    const { receipts, decision } = await addAttachment(world.parts, world.people.doctorA.actor, sent)
    expect([receipts, decision?.rule]).toEqual([[{ id: sent.id, state: 'stored', duplicate: false }], 'custodian-staff'])
    const { value } = await readAttachment(world.parts, world.people.doctorA.actor, { id: sent.id, purpose: 'treatment' })
    expect(value).toMatchObject({ mediaType: 'image/png', size: bytes.length, author: 'doctor-a' })
    expect(await collect(value.read({ from: 0, to: bytes.length }))).toEqual(bytes)
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length), fc.nat(bytes.length), async (a, b) => {
      const [from, to] = a < b ? [a, b] : [b, a]
      expect(Buffer.compare(await collect(value.read({ from, to })), bytes.subarray(from, to))).toBe(0)
    }), { numRuns: 25, examples: [[0, 0], [CHUNK - 75, CHUNK - 73], [bytes.length - 1, bytes.length]] })
    const [documentId] = await documentsOf(world)
    const sealed = Buffer.from((await world.parts.documents.get(documentId as string)) as Uint8Array)
    expect([sealed.length, sealed.includes(Buffer.from(bytes.subarray(1000, 1016)))]).toEqual([bytes.length + 8 + 32 + 8 + 'image/png'.length + 8 + 3 * 28, false])
    const own = await listAccess(world.parts, world.people.ada.actor, { limit: 10 })
    expect(own.items.find(({ operation }) => operation === 'hospital.attachments.read')).toMatchObject({ decision: { outcome: 'permitted' }, types: { Binary: 1 } })
  })

  it('that are not the bytes signed, too few, too many, aborted, or of a stranger leave nothing, and nothing is read of what may not be written', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit()
    const { doctorA, doctorB, adminA, ada } = world.people
    const bytes = new Uint8Array(randomBytes(CHUNK + 5))
    const add = (by: Member, sent: AttachmentUpload) => addAttachment(world.parts, by.actor, sent)
    await expect(add(doctorA, await upload(world, doctorA, admitted, bytes, { committed: bytes.subarray(1) }))).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
    await expect(add(doctorA, await upload(world, doctorA, admitted, bytes, { size: bytes.length + 1 }))).rejects.toMatchObject({ code: 'INPUT_MALFORMED', message: 'Fewer bytes came than were announced.' })
    await expect(add(doctorA, await upload(world, doctorA, admitted, bytes, { size: bytes.length - 1 }))).rejects.toMatchObject({ code: 'INPUT_MALFORMED', message: 'More bytes came than were announced.' })
    const controller = new AbortController()
    const cut = (async function* () {
      yield bytes.subarray(0, CHUNK)
      controller.abort(new Error('the caller went away'))
      yield bytes.subarray(CHUNK)
    })()
    await expect(add(doctorA, await upload(world, doctorA, admitted, bytes, { body: cut, signal: controller.signal }))).rejects.toThrow('the caller went away')
    let read = false
    const watched = (async function* () {
      read = true
      yield bytes
    })()
    const refused = { body: watched }
    for (const [by, code, changes] of [
      [doctorB, 'NOT_ALLOWED', refused], [adminA, 'NOT_ALLOWED', refused], [ada, 'NOT_ALLOWED', refused],
      [doctorA, 'INPUT_TOO_LARGE', { ...refused, size: 4 * 1024 ** 3 + 1 }],
      [doctorA, 'INPUT_MALFORMED', { ...refused, entry: { subject: toBase64url(new Uint8Array(32)) } }],
      [doctorA, 'INPUT_MALFORMED', { ...refused, entry: { type: 'record-created' } }],
      [doctorA, 'KEY_UNKNOWN', { ...refused, entry: { author: { ...doctorA.author, credential: doctorB.author.credential as string } } }],
    ] as const) await expect(add(by, await upload(world, by, admitted, bytes, changes))).rejects.toMatchObject({ code })
    const forged = await upload(world, doctorA, admitted, bytes, refused)
    const other = await upload(world, doctorA, admitted, bytes)
    await expect(add(doctorA, { ...forged, attachment: { ...forged.attachment, signature: other.attachment.signature } })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
    expect([read, await documentsOf(world)]).toEqual([false, []])
    expect((await listAttachments(world.parts, doctorA.actor, { patient: admitted.patient, purpose: 'treatment', limit: 10 })).value.items).toEqual([])
  })

  it('refuse with UNAVAILABLE where the store is full, and with INPUT_TOO_LARGE where it cannot stream so much; nothing is left', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit()
    const { doctorA } = world.people
    const documents = world.parts.documents
    const full = { ...documents, streams: { read: documents.streams!.read, write: async (_id: string, chunks: AsyncIterable<Uint8Array>) => {
      for await (const _ of chunks) throw new StoreError('STORE_UNAVAILABLE', 'The disk is full.')
    } } }
    await expect(addAttachment({ ...world.parts, documents: full }, doctorA.actor, await upload(world, doctorA, admitted, new Uint8Array(2 * CHUNK)))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const { streams: _without, ...small } = documents
    const parts = { ...world.parts, documents: small }
    await expect(addAttachment(parts, doctorA.actor, await upload(world, doctorA, admitted, new Uint8Array(65 * CHUNK)))).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' })
    expect(await documentsOf(world)).toEqual([])
    const bytes = new Uint8Array(randomBytes(2 * CHUNK))
    const sent = await upload(world, doctorA, admitted, bytes)
    await addAttachment(parts, doctorA.actor, sent)
    const { value } = await readAttachment(parts, doctorA.actor, { id: sent.id, purpose: 'treatment' })
    expect(Buffer.compare(await collect(value.read({ from: CHUNK - 500, to: CHUNK + 500 })), bytes.subarray(CHUNK - 500, CHUNK + 500))).toBe(0)
  })

  it('are written with the record that leads to them, all or none, and a repetition reads no byte and doubles nothing', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ number: '77' })
    const { doctorA } = world.people
    const bytes = utf8('%PDF-1.7 a report')
    const sent = await upload(world, doctorA, admitted, bytes, { mediaType: 'application/pdf' })
    const leading = (subject: string) => ({ resourceType: 'DocumentReference', status: 'current', subject: { reference: subject }, content: [{ attachment: { contentType: 'application/pdf', url: `urn:uuid:${sent.id}` } }] })
    const records = (subject: string) => signImport(doctorA, { ...admitted, known: true, present: [] }, [leading(subject)], { now: world.clock.now })
    await expect(addAttachment(world.parts, doctorA.actor, { ...sent, records: await records('Patient/somebody-else') })).rejects.toMatchObject({ code: 'FHIR_INVALID' })
    expect(await documentsOf(world)).toEqual([])
    const whole = { ...sent, records: await records(`Patient/${admitted.patient}`) }
    const first = await addAttachment(world.parts, doctorA.actor, { ...whole, body: pieces(bytes, 5) })
    expect(first.receipts.map(({ duplicate }) => duplicate)).toEqual([false, false])
    const again = await addAttachment(world.parts, doctorA.actor, { ...whole, body: (async function* () { throw new Error('nobody reads this') })() })
    expect(again.receipts.map(({ id, duplicate }) => [id, duplicate])).toEqual(first.receipts.map(({ id }) => [id, true]))
    const otherEntry = await upload(world, doctorA, admitted, bytes, { entry: { id: sent.id } })
    await expect(addAttachment(world.parts, doctorA.actor, otherEntry)).rejects.toMatchObject({ code: 'ENTRY_CONFLICT' })
    expect((await documentsOf(world)).length).toBe(1)
  })

  it('that come in parts are kept part by part, written once whole, and gone on with by their author only', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit()
    const { doctorA, clerkA } = world.people
    const bytes = new Uint8Array(randomBytes(2 * CHUNK + 77))
    const sent = await upload(world, doctorA, admitted, bytes, { mediaType: 'application/dicom' })
    const part = (offset: number, to: number, by: Member = doctorA, body: AsyncIterable<Uint8Array> = pieces(bytes.subarray(offset, to), 100_000)) => appendPart(world.parts, by.actor, { id: sent.id, offset, size: to - offset, body })
    await expect(part(0, CHUNK)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(await beginUpload(world.parts, doctorA.actor, sent)).toEqual({ offset: 0, size: bytes.length, done: false })
    await expect(beginUpload(world.parts, clerkA.actor, sent)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(await part(0, CHUNK + 1)).toMatchObject({ offset: CHUNK + 1, done: false })
    await expect(part(0, 5)).rejects.toMatchObject({ code: 'STALE', details: { offset: CHUNK + 1 } })
    await expect(part(CHUNK + 1, bytes.length, clerkA)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    const cut = (async function* () {
      yield bytes.subarray(CHUNK + 1, CHUNK + 9)
      throw new Error('the connection broke')
    })()
    await expect(part(CHUNK + 1, bytes.length, doctorA, cut)).rejects.toThrow('the connection broke')
    expect(await listUploads(world.parts, doctorA.actor, admitted.patient)).toMatchObject([{ id: sent.id, offset: CHUNK + 1, size: bytes.length }])
    expect([await listUploads(world.parts, clerkA.actor, admitted.patient), (await documentsOf(world)).length, await sweepDocuments(world.parts)]).toEqual([[], 1, 0])
    // What was begun is found again with the same entry; of two parts at one place one counts.
    expect(await beginUpload(world.parts, doctorA.actor, sent)).toMatchObject({ offset: CHUNK + 1 })
    const [one, other] = await Promise.allSettled([part(CHUNK + 1, 2 * CHUNK), part(CHUNK + 1, 2 * CHUNK)])
    expect([one, other].map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(one.status === 'rejected' ? one.reason : (other as PromiseRejectedResult).reason).toMatchObject({ code: 'STALE', details: { offset: 2 * CHUNK } })
    expect(await part(2 * CHUNK, bytes.length)).toMatchObject({ done: true, added: { receipts: [{ id: sent.id, duplicate: false }] } })
    const { value } = await readAttachment(world.parts, doctorA.actor, { id: sent.id, purpose: 'treatment' })
    expect(Buffer.compare(await collect(value.read({ from: 0, to: bytes.length })), bytes)).toBe(0)
    expect([(await documentsOf(world)).length, await listUploads(world.parts, doctorA.actor, admitted.patient), await beginUpload(world.parts, doctorA.actor, sent)]).toEqual([1, [], { offset: bytes.length, size: bytes.length, done: true }])
  })

  it('that come in parts are gone where they are not what was signed, given up, not gone on with for a week, or erased', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit()
    const { doctorA } = world.people
    const bytes = new Uint8Array(randomBytes(1000))
    const begin = async (changes: Parameters<typeof upload>[4] = {}) => {
      const sent = await upload(world, doctorA, admitted, bytes, changes)
      await beginUpload(world.parts, doctorA.actor, sent)
      return (to: number, offset = 0) => appendPart(world.parts, doctorA.actor, { id: sent.id, offset, size: to - offset, body: pieces(bytes.subarray(offset, to), 100) }).then(() => sent.id)
    }
    await expect((await begin({ committed: bytes.subarray(1) }))(1000)).rejects.toMatchObject({ code: 'COMMITMENT_MISMATCH' })
    await discardUpload(world.parts, doctorA.actor, await (await begin())(10))
    expect(await documentsOf(world)).toEqual([])
    await (await begin())(10)
    expect(await sweepUploads(world.parts)).toBe(0)
    world.clock.now = new Date(world.clock.now.getTime() + 9 * 86_400_000)
    expect([await sweepUploads(world.parts), await documentsOf(world)]).toEqual([1, []])
  })

  it('open under a consent for everything, under a narrower one only through a record that it reaches, and to nobody else', async () => {
    const world = await createHospitalWorld()
    const { doctorA, doctorB, ada, bob } = world.people
    const admitted = await world.admit({ person: ada, number: '78' })
    const sent = await upload(world, doctorA, admitted, new Uint8Array(randomBytes(1000)))
    const leading = { resourceType: 'DocumentReference', status: 'current', date: '2026-01-01T00:00:00Z', subject: { reference: `Patient/${admitted.patient}` }, content: [{ attachment: { url: `urn:uuid:${sent.id}` } }] }
    const not = { ...leading, content: [{ attachment: { url: 'urn:uuid:00000000-0000-4000-8000-000000000000', title: `urn:uuid:${sent.id}` } }] }
    const records = await signImport(doctorA, { ...admitted, known: true, present: [] }, [leading, not], { now: world.clock.now })
    const { receipts } = await addAttachment(world.parts, doctorA.actor, { ...sent, records })
    const [, record, other] = receipts.map(({ id }) => id)
    const read = (by: Member, which?: string) => readAttachment(world.parts, by.actor, { id: sent.id, purpose: 'treatment', record: which }).then(({ decision }) => decision.rule, (error: { code: string }) => error.code)
    expect([await read(ada), await read(bob), await read(doctorB), await read(doctorB, record)]).toEqual(['self', 'NOT_ALLOWED', 'NOT_ALLOWED', 'NOT_ALLOWED'])
    const narrow = await world.give(ada, admitted, { types: ['DocumentReference'] })
    expect([await read(doctorB), await read(doctorB, other), await read(doctorB, admitted.records[0]), await read(doctorB, record)]).toEqual(['NOT_ALLOWED', 'NOT_ALLOWED', 'NOT_ALLOWED', 'consent'])
    await world.withdraw(ada, admitted, narrow.id)
    expect(await read(doctorB, record)).toBe('NOT_ALLOWED')
    await world.give(ada, admitted, { sensitive: SENSITIVITIES })
    expect([await read(doctorB), await listAttachments(world.parts, doctorB.actor, { patient: admitted.patient, purpose: 'treatment', limit: 5 }).then(({ value }) => value.items.length)]).toEqual(['consent', 1])
    expect(await readAttachment(world.parts, doctorA.actor, { id: newEntryId(), purpose: 'treatment' }).catch((error: { code: string }) => error.code)).toBe('NOT_ALLOWED')
  })

  it('stop within 16 MiB of a withdrawal that comes while they are read, and the patient sees the refusal', async () => {
    const world = await createHospitalWorld()
    const { doctorA, doctorB, ada } = world.people
    const admitted = await world.admit({ person: ada })
    const size = 40 * CHUNK
    const sent = await upload(world, doctorA, admitted, new Uint8Array(size))
    await addAttachment(world.parts, doctorA.actor, sent)
    const consent = await world.give(ada, admitted, { sensitive: SENSITIVITIES })
    const { value } = await readAttachment(world.parts, doctorB.actor, { id: sent.id, purpose: 'treatment' })
    let seen = 0
    const reading = (async () => {
      for await (const piece of value.read({ from: 0, to: size })) {
        if (seen === 0) await world.withdraw(ada, admitted, consent.id)
        seen += piece.length
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(seen).toBeLessThanOrEqual(17 * CHUNK)
    const { items } = await listAccess(world.parts, ada.actor, { limit: 10 })
    expect(items.filter(({ operation }) => operation === 'hospital.attachments.read').map(({ decision }) => decision.outcome)).toEqual(['refused', 'permitted'])
  })

  it('are part of proof, audit, rebuild, erasure and sweeping', async () => {
    const world = await createHospitalWorld()
    const { parts, people: { doctorA, adminA, ada } } = world
    const admitted = await world.admit({ person: ada })
    const bytes = new Uint8Array(randomBytes(CHUNK + 9))
    const sent = await upload(world, doctorA, admitted, bytes)
    await addAttachment(parts, doctorA.actor, sent)
    const log = await startLog(parts)
    await settled(parts)
    const proof = utf8((await buildProof(parts, sent.id, { opening: true })) as string)
    expect(proof.length).toBeLessThan(20_000)
    const commitment = async (document?: Uint8Array) => {
      const { valid, steps } = await verifyProof(proof, world.trust, document === undefined ? {} : { documentHash: new Uint8Array(createHash('sha256').update(document).digest()) })
      return [valid, steps.find(({ name }) => name === 'commitment')?.detail]
    }
    expect(await commitment(bytes)).toEqual([true, 'The document beside the file is, byte for byte, the one the author committed to.'])
    expect(await commitment(bytes.subarray(1))).toEqual([false, 'The document beside the file is another one than the author committed to.'])
    expect(await commitment()).toEqual([true, 'The SHA-256 shown is of the payload the author committed to.'])
    const asked = (by: Member) => readRecordProof(parts, by.actor, { id: sent.id, purpose: 'treatment', recordAnchor: false }).then(({ value }) => value === fromUtf8(proof), (error: { code: string }) => error.code)
    expect([await asked(doctorA), await asked(ada), await asked(world.people.doctorB)]).toEqual([true, true, 'NOT_ALLOWED'])
    await log.stop()

    const before = (await listAttachments(parts, ada.actor, { patient: admitted.patient, purpose: 'treatment', limit: 5 })).value
    await rebuild(parts)
    expect((await listAttachments(parts, ada.actor, { patient: admitted.patient, purpose: 'treatment', limit: 5 })).value).toEqual(before)
    const findings = async () => (await audit(parts)).findings.map(({ what, kind, id }) => [what, kind, id])
    expect(await findings()).toEqual([])
    const documents = (parts.documents as unknown as { readonly documents: Map<string, Uint8Array> }).documents
    const [name, sealed] = [...documents][0] as [string, Uint8Array]
    documents.set(name, sealed.map((byte, at) => (at === sealed.length - 100 ? byte ^ 1 : byte)))
    expect(await findings()).toEqual([['altered', 'document', sent.id]])
    documents.delete(name)
    expect(await findings()).toEqual([['removed', 'document', sent.id]])
    documents.set(name, sealed)
    documents.set('left-behind', sealed)
    expect([await findings(), await sweepDocuments(parts), await findings()]).toEqual([[['added', 'document', 'left-behind']], 1, []])

    await erasePatient(parts, { custodian: 'hospital-a', patient: admitted.patient, subjects: [admitted.subject], signer: adminA.signer, author: adminA.author })
    expect(await readAttachment(parts, doctorA.actor, { id: sent.id, purpose: 'treatment' }).catch((error: { code: string }) => error.code)).toBe('NOT_ALLOWED')
    expect(await parts.store.read((view) => view.projection('attachment', sent.id))).toBeUndefined()
    expect([await findings(), await dropErasedPayloads(parts) > 0, await documentsOf(world), await findings()]).toEqual([[], true, [], []])
  })
})
