import { createHash } from 'node:crypto'
import { createInMemoryVault } from '@careledger/identity'
import { CHUNK_BYTES, commit, newEntryId, newSalt, randomBytes, toBase64url, type Entry } from '@careledger/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createInMemoryDocuments } from '../__fixtures__/in-memory-documents.ts'
import { openStream, openStreamedOpening } from './open-stream.ts'
import { readSealedHead, unsealPayload } from './seal-payload.ts'
import { sealStream } from './seal-stream.ts'

const mediaType = 'application/dicom'
const prefixBytes = 8 + 32 + 8 + mediaType.length + 8

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('a payload that is sealed while it comes in', () => {
  it('has the form of one that was sealed whole, at every length around the end of a chunk and however it was cut', async () => {
    const keys = await createInMemoryVault({ custodian: 'hospital-a' }).organisation()
    const all = new Uint8Array(randomBytes(2 * CHUNK_BYTES + 10))
    await fc.assert(fc.asyncProperty(fc.constantFrom(0, 1), fc.integer({ min: -3, max: 3 }), fc.constantFrom(1_000, 65_536, CHUNK_BYTES, 3 * CHUNK_BYTES), async (chunks, around, piece) => {
      const bytes = all.subarray(0, (chunks + 1) * CHUNK_BYTES - prefixBytes + around)
      const salt = newSalt()
      const entry: Entry = {
        v: 1, id: newEntryId(), network: 'hospital', type: 'attachment-created', custodian: 'hospital-a', issuedAt: '2026-11-26T12:00:00.000Z', author: { party: 'a', key: 'k' },
        payload: toBase64url(commit({ salt, mediaType, payload: bytes })),
      }
      const documents = createInMemoryDocuments()
      const sealed = sealStream({ entry, salt, mediaType, size: bytes.length, keys, patient: undefined, documentId: 'one' }, cut(bytes, piece))
      await documents.streams?.write('one', sealed.chunks)
      const stored = sealed.finish()
      const head = readSealedHead(stored.sealed)!
      const contentKey = keys.unwrap(head.wrapped)
      const whole = unsealPayload(entry, contentKey, (await documents.get('one'))!, true)
      expect([whole.mediaType, Buffer.compare(whole.payload, bytes), Buffer.compare(whole.salt, salt)]).toEqual([mediaType, 0, 0])
      const opening = openStreamedOpening(entry, contentKey, stored.sealed.subarray(head.length))
      expect(opening).toEqual({ salt, mediaType, size: bytes.length, payloadHash: new Uint8Array(createHash('sha256').update(bytes).digest()) })
      // A chunk in another's place, or one byte of any, and nothing opens.
      const document = documents.documents.get('one') as Uint8Array
      documents.documents.set('one', document.map((byte, at) => (at === document.length - 1 ? byte ^ 1 : byte)))
      const read = async (): Promise<void> => { for await (const _ of openStream({ documents }, entry, 'one', contentKey, opening, { from: 0, to: bytes.length })); }
      await expect(read()).rejects.toMatchObject({ code: 'CORRUPTION' })
      documents.documents.set('one', document.subarray(1))
      await expect(read()).rejects.toMatchObject({ code: 'CORRUPTION' })
    }), { numRuns: 12 })
  })
})
