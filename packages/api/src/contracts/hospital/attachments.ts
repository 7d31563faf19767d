import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, cursor, decision, entrySignature, instant, pageSize, partyId, purpose, receipt, signedEntry, uuid, wait } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

const mediaType = z.string().min(3).max(128)

const uploadInput = z.strictObject({
  patient: patientHandle,
  entry: z.string().max(4096),
  signature: entrySignature,
  opening: z.strictObject({ salt: base64url, mediaType }),
  size: z.int().min(1),
  /** `record-created` entries, with their openings. */
  records: z.array(signedEntry).max(4).default([]),
  wait,
})

/** Bytes travel beside these operations, on the route `/attachments/<id>` (docs/attachments.md). */
export const attachments = {
  prepare: command({
    name: 'hospital.attachments.prepare', summary: 'What an attachment of a known patient is signed with, and how large it may be.', rule: 'staff', cost: 2, audit: 'change',
    input: z.strictObject({ patient: patientHandle }),
    output: z.strictObject({ patient: patientHandle, subject: base64url, custodian: partyId, reference: z.string(), bytesMax: z.int() }),
  }),
  add: command({
    name: 'hospital.attachments.add', summary: 'Writes one attachment from the bytes that stream in, with the records that lead to it, all or none. The bytes are the body of `PUT /attachments/<id>`; this input is its header `careledger-attachment`.',
    rule: 'staff', cost: 20, audit: 'change',
    input: uploadInput,
    output: z.strictObject({ receipts: z.array(receipt), decision: decision.optional() }),
  }),
  begin: command({
    name: 'hospital.attachments.begin', summary: 'Begins an attachment whose bytes come in parts (`PATCH /attachments/<id>`), or says where the one stands that was begun with the same entry. What has come is kept for seven days.',
    rule: 'staff', cost: 5, audit: 'change', input: uploadInput,
    output: z.strictObject({ offset: z.int(), size: z.int(), done: z.boolean() }),
  }),
  append: command({
    name: 'hospital.attachments.append', summary: 'Takes the next part of an attachment, whole or not at all; with the last one the attachment is written. The bytes are the body of `PATCH /attachments/<id>` with the header `upload-offset`.',
    rule: 'staff', cost: 5, audit: 'change',
    input: z.strictObject({ id: uuid, offset: z.int().min(0), size: z.int().min(0) }),
    output: z.strictObject({ offset: z.int(), size: z.int(), done: z.boolean(), receipts: z.array(receipt).optional(), decision: decision.optional() }),
  }),
  uploads: query({
    name: 'hospital.attachments.uploads', summary: "The caller's own attachments of a patient that are not at their end, with what they signed, so that who has the file goes on.", rule: 'staff', cost: 3, audit: 'none',
    input: z.strictObject({ patient: patientHandle }),
    output: z.strictObject({ items: z.array(z.strictObject({ id: uuid, size: z.int(), offset: z.int(), begun: instant, entry: z.string(), signature: entrySignature, opening: z.strictObject({ salt: base64url, mediaType }), records: z.array(signedEntry) })) }),
  }),
  discard: command({
    name: 'hospital.attachments.discard', summary: 'Gives an unfinished upload of the caller up, and what is kept of it.', rule: 'staff', cost: 2, audit: 'change',
    input: z.strictObject({ id: uuid }), output: z.strictObject({ id: uuid }),
  }),
  read: query({
    name: 'hospital.attachments.read', summary: 'What an attachment is; on the route `GET /attachments/<id>` also its bytes, whole or by range; FHIR\'s `Binary`.', rule: 'permit', cost: 2, audit: 'access', scoped: true,
    input: z.strictObject({
      id: uuid,
      /** The record that leads to it; needed under a consent for some types or days only. */
      record: uuid.optional(),
      purpose: purpose.default('treatment'),
      /** Bytes asked for: `from` to `to` (exclusive), or the `last` so many. */
      range: z.union([z.strictObject({ from: z.int().min(0), to: z.int().min(1).optional() }), z.strictObject({ last: z.int().min(1) })]).optional(),
    }),
    output: z.strictObject({
      mediaType: z.string(),
      size: z.int(),
      /** What is given of it, `to` exclusive; equal where the range lies behind its end. */
      from: z.int(),
      to: z.int(),
      author: partyId,
      recordedAt: instant,
      decision,
    }),
  }),
  list: query({
    name: 'hospital.attachments.list', summary: "One page of a patient's attachments, newest first, for whom all of the record is open.", rule: 'permit', cost: 3, audit: 'access',
    input: z.strictObject({ patient: patientHandle, purpose: purpose.default('treatment'), after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({
      items: z.array(z.strictObject({ id: uuid, mediaType: z.string(), size: z.int(), author: z.strictObject({ party: partyId, name: z.string() }), recordedAt: instant })),
      next: cursor.optional(),
      decision,
    }),
  }),
}
