import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, cursor, date, decision, instant, partyId, receipt, resourceType, signedEntry, uuid, wait } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

const rule = z.strictObject({
  jurisdiction: z.string(), types: z.array(resourceType).optional(), years: z.int(), from: z.enum(['record', 'last-record']), basis: z.string(), source: z.string(),
})
const reason = z.strictObject({
  kind: z.enum(['period', 'hold']), basis: z.string(), source: z.string().optional(),
  /** First day on which it no longer holds; absent for a hold. */
  until: date.optional(),
})
const write = z.strictObject({ entry: signedEntry, wait })

export const retention = {
  read: query({
    name: 'hospital.retention.read', summary: "For how long the caller's organisation must keep records, and by which law.", rule: 'signed-in', cost: 1, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ custodian: partyId, rules: z.array(rule), set: z.strictObject({ entry: uuid, at: instant }).optional() }),
  }),
  set: command({
    name: 'hospital.retention.set', summary: 'Sets the periods by a `retention-set` entry; it replaces what was set before.', rule: 'organisation-admin', cost: 5, audit: 'change',
    input: write, output: receipt,
  }),
  hold: command({
    name: 'hospital.retention.hold', summary: 'Places a legal hold on a patient: nothing of them is erased here until it is released. Records clerks of the custodian.', rule: 'staff', cost: 5, audit: 'change',
    input: write, output: receipt,
  }),
  release: command({
    name: 'hospital.retention.release', summary: 'Releases a legal hold. Records clerks of the custodian.', rule: 'staff', cost: 5, audit: 'change',
    input: write, output: receipt,
  }),
  answer: query({
    name: 'hospital.retention.answer', summary: 'What an erasure request of this patient would be answered today: erasable, or refused with legal basis and until when.', rule: 'permit', cost: 10, audit: 'access',
    input: z.strictObject({ patient: patientHandle }),
    output: z.strictObject({
      patient: patientHandle, custodian: partyId, subject: base64url, erasable: z.boolean(), reasons: z.array(reason),
      holds: z.array(z.strictObject({ id: uuid, basis: z.string(), source: z.string().optional(), placed: instant, author: partyId })),
      decision,
    }),
  }),
  due: query({
    name: 'hospital.retention.due', summary: "One page of the organisation's patients: of whom nothing need be kept any more, whose periods run, and on whom a hold stands.", rule: 'staff', cost: 30, audit: 'access',
    input: z.strictObject({ after: cursor.optional(), limit: z.int().min(1).max(50).default(20) }),
    output: z.strictObject({ items: z.array(z.strictObject({ patient: patientHandle, state: z.enum(['due', 'kept', 'held']), until: date.optional() })), next: cursor.optional() }),
  }),
}
