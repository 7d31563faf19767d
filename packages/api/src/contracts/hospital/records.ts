import { z } from 'zod'
import { query } from '../contract.ts'
import { base64url, cursor, decision, entrySignature, pageSize, purpose, receipt, resourceType, uuid } from '../shapes.ts'
import { patientHandle, recordItem } from './shapes.ts'

export const records = {
  list: query({
    name: 'hospital.records.list', summary: "One page of a patient's records within the permit, newest first.", rule: 'permit', cost: 3, audit: 'access',
    input: z.strictObject({ patient: patientHandle, types: z.array(resourceType).max(20).optional(), purpose: purpose.default('treatment'), after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({
      items: z.array(recordItem),
      next: cursor.optional(),
      decision,
      /** Numbers by resource type over all permitted rows; on the first page only. */
      counts: z.record(z.string(), z.int()).optional(),
    }),
  }),
  read: query({
    name: 'hospital.records.read', summary: 'One record: entry, signature and the exact bytes received.', rule: 'permit', cost: 2, audit: 'access',
    input: z.strictObject({ id: uuid, purpose: purpose.default('treatment') }),
    output: z.strictObject({ item: recordItem, patient: patientHandle, entry: z.string(), signature: entrySignature, opening: z.strictObject({ salt: base64url, mediaType: z.string(), payload: base64url }), decision }),
  }),
  /** For direct readers: the record behind a ledger record id that the grantee derived from an epoch key. */
  readByLedgerId: query({
    name: 'hospital.records.readByLedgerId', summary: 'The record behind a ledger record found by direct query.', rule: 'permit', cost: 2, audit: 'access',
    input: z.strictObject({ ledger: z.string().max(128), recordId: z.string().regex(/^[0-9a-f]{32}$/), purpose: purpose.default('treatment') }),
    output: z.strictObject({ proof: z.string(), decision }),
  }),
  proof: query({
    name: 'hospital.records.proof', summary: 'The proof file of a record (docs/proof-format.md), with its opening.', rule: 'permit', cost: 5, audit: 'access',
    input: z.strictObject({ id: uuid, purpose: purpose.default('treatment'), recordAnchor: z.boolean().default(false) }),
    output: z.strictObject({ proof: z.string(), decision }),
  }),
  /** States of entries the caller wrote or may read. */
  states: query({
    name: 'hospital.records.states', summary: 'How far entries have come: stored, sequenced, anchored.', rule: 'permit', cost: 1, audit: 'none',
    input: z.strictObject({ ids: z.array(uuid).min(1).max(200) }), output: z.strictObject({ items: z.array(receipt) }),
  }),
}
