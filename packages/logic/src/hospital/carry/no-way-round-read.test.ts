import { createHash } from 'node:crypto'
import { commit, entryBytes, instantText, newEntryId, newSalt, signEntry, toBase64url, utf8, type Entry } from '@careledger/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyEmergency, anyResource, anySharing, number, shareAll } from '../../__fixtures__/any-sharing.ts'
import { createHospitalWorld, signImport, type Admitted, type HospitalWorld } from '../__fixtures__/hospital-world.ts'
import { addAttachment, listAttachments, readAttachment } from '../attachments/index.ts'
import { commitImport } from '../commit-import.ts'
import { findPatients, listPatients, type PatientBanner } from '../patients.ts'
import { readRecord } from '../records.ts'
import { prepareWriting } from '../writing/index.ts'
import { issueCard, listCardChoices } from './cards.ts'
import { readSummary } from './summary.ts'

const purpose = 'treatment' as const
const orRefused = <T, N>(asked: Promise<T>, nothing: N): Promise<T | N> => asked.catch((error: { code?: string }) => {
  if (error.code !== 'NOT_ALLOWED') throw error
  return nothing
})

/** A file, and the record that leads to it. */
async function attach(world: HospitalWorld, admitted: Admitted, body: Uint8Array): Promise<{ readonly attachment: string; readonly record: string }> {
  const { parts, people: { doctorA } } = world
  const [salt, mediaType] = [newSalt(), 'image/png']
  const payload = commit({ salt, mediaType, payloadHash: new Uint8Array(createHash('sha256').update(body).digest()) })
  const entry: Entry = { v: 1, id: newEntryId(world.clock.now), network: 'hospital', type: 'attachment-created', subject: admitted.subject, custodian: 'hospital-a', issuedAt: instantText(world.clock.now), author: doctorA.author, payload: toBase64url(payload) }
  const attachment = { entry: entryBytes(entry), signature: await signEntry(entry, doctorA.signer), salt, mediaType }
  await addAttachment(parts, doctorA.actor, { patient: admitted.patient, attachment, size: body.length, records: [], body: (async function* () { yield body })() })
  const leading = { resourceType: 'DocumentReference', id: 'r-file', status: 'current', subject: { reference: `Patient/p-${number}` }, date: '2020-06-30T00:00:00Z', content: [{ attachment: { contentType: mediaType, url: `urn:uuid:${entry.id}` } }] }
  const committed = await commitImport(parts, doctorA.actor, { patient: admitted.patient, entries: await signImport(doctorA, { ...admitted, known: true }, [leading], { now: world.clock.now }) })
  return { attachment: entry.id, record: committed.receipts[0]?.id as string }
}

describe('nothing that is carried, attached, suggested or found goes round read', () => {
  it('summaries, files, cards, suggestions and the palette give out no record that a single read refuses', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyResource, { maxLength: 6 }), fc.array(anySharing, { maxLength: 3 }), anyEmergency, async (resources, sharings, emergency) => {
      const world = await createHospitalWorld()
      const { parts, people: { ada, doctorB: { actor } } } = world
      const admitted = await world.admit({ person: ada, number, resources: resources.map((resource, n) => ({ ...resource, id: `r-${n}` })) })
      const { patient, records } = admitted
      const body = utf8('the bytes of a scan')
      const { attachment, record: leading } = await attach(world, admitted, body)
      await shareAll(world, admitted, sharings, emergency)
      const readable = async (id: string): Promise<boolean> => readRecord(parts, actor, { id, purpose }).then(() => true, () => false)
      const allowed = new Set<string>()
      for (const [n, id] of [...records, leading].entries()) if (await readable(id)) allowed.add(n === 0 ? 'p' : n === records.length ? 'r-file' : `r-${n - 1}`)

      const summary = await orRefused(readSummary(parts, actor, { patient, purpose, origin: 'http://careledger.test' }).then(({ value }) => value.bundle), '')
      const told = [...resources.keys()].map((n) => `r-${n}`).concat('r-file').filter((id) => summary.includes(`"id":"${id}"`))
      expect(told.filter((id) => !allowed.has(id))).toEqual([])
      expect(summary !== '' && !allowed.has('p')).toBe(false)

      const given = await orRefused(readAttachment(parts, actor, { id: attachment, record: leading, purpose }).then(() => true), false)
      expect(given && !allowed.has('r-file')).toBe(false)
      // By itself a file may be of any kind: only who reads every kind has it without the record that leads to it.
      const alone = await orRefused(readAttachment(parts, actor, { id: attachment, purpose }).then(() => true), false)
      const kinds = new Set([...sharings.filter(({ withdrawn }) => !withdrawn).map(({ terms }) => terms.sensitive?.length ?? 0), emergency === undefined ? 0 : 8])
      expect(alone && !kinds.has(8)).toBe(false)
      const listed = await orRefused(listAttachments(parts, actor, { patient, purpose, limit: 10 }).then(({ value }) => value.items.length), 0)
      expect(listed > 0 && !alone && !given).toBe(false)

      // What is the patient's to make, and the custodian's to write, is refused to a reader whatever is shared.
      const refusals = [listCardChoices(parts, actor, { patient }), issueCard(parts, actor, { patient, records: [records[0] as string], days: 1, origin: 'http://careledger.test' }), prepareWriting(parts, actor, { patient })]
      for (const asked of await Promise.allSettled(refusals)) expect(asked).toMatchObject({ status: 'rejected', reason: { code: 'NOT_ALLOWED' } })

      const banners: readonly PatientBanner[] = (await Promise.all([
        listPatients(parts, actor, { limit: 5 }), findPatients(parts, actor, { identifier: { value: number } }), findPatients(parts, actor, { family: 'Muster', birthDate: '1980-05-17' }),
      ])).flatMap(({ items }) => items.map(({ value }) => value))
      // The list of one's patients is of every purpose.
      const named = allowed.has('p') || (await readRecord(parts, actor, { id: records[0] as string, purpose: 'research' }).then(() => true, () => false))
      expect(banners.some(({ name, birthDate }) => name !== undefined || birthDate !== undefined) && !named).toBe(false)
    }), { numRuns: 20 })
  }, 120_000)
})
