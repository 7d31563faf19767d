import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, decision, instant, partyId, purpose, receipt, signedEntry, uuid, wait } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

const ground = { consent: uuid.optional(), order: uuid.optional(), basis: z.string().optional() }
const offer = z.strictObject({
  entry: uuid, by: partyId, at: instant, to: partyId, toName: z.string(), ...ground, state: z.enum(['open', 'refused', 'taken-back', 'taken']),
  answer: z.strictObject({ entry: uuid, by: partyId, at: instant, reason: z.enum(['no-capacity', 'not-our-care', 'incomplete', 'proof-failed', 'patient-unknown', 'patient-changed-mind', 'sent-in-error', 'refused-elsewhere', 'other']).optional(), words: z.string().optional() }).optional(),
})

/** Transfer of custody: a record moves to another custodian, its old proofs with it (docs/custody.md). */
export const custody = {
  origin: query({
    name: 'hospital.custody.origin', summary: "Where a record comes from that another custodian kept before, with that custodian's proof.", rule: 'permit', cost: 2, audit: 'access',
    input: z.strictObject({ id: uuid, purpose: purpose.default('treatment') }),
    output: z.strictObject({ origin: z.strictObject({ custodian: partyId, entry: uuid, author: partyId, log: z.string(), recordedAt: instant, received: uuid, proof: z.string() }).optional(), decision }),
  }),
  prepare: query({
    name: 'hospital.custody.prepare', summary: 'The subject that entries about the custody of one of the own patients are signed with, and the hospitals that the patient has agreed to.', rule: 'permit', cost: 1, audit: 'access',
    input: z.strictObject({ patient: patientHandle }), output: z.strictObject({ subject: base64url, custodian: partyId, agreed: z.array(z.strictObject({ to: partyId, toName: z.string(), consent: uuid, expires: instant })) }),
  }),
  close: command({
    name: 'hospital.custody.close', summary: 'Records a `custody-transferred` entry of the custodian that gave a record away, under the consent by which the patient agreed or a confirmed order.', rule: 'staff', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry, wait }), output: receipt,
  }),
  state: query({
    name: 'hospital.custody.state', summary: 'Where a record went and where it came from, for whoever may read it: the former custodian answers who keeps it now, and by whose word.', rule: 'permit', cost: 2, audit: 'access',
    input: z.strictObject({ patient: patientHandle, purpose: purpose.default('treatment') }),
    output: z.strictObject({
      moved: z.strictObject({ to: partyId, toName: z.string(), consent: uuid.optional(), order: uuid.optional(), basis: z.string().optional(), source: z.string().optional(), receipt: z.string().optional(), entry: uuid, at: instant }).optional(),
      received: z.strictObject({ from: partyId, fromName: z.string(), records: z.int(), entry: uuid, at: instant }).optional(),
      /** The newest offer of the record to another hospital, and how it ended. */
      offer: offer.optional(),
      decision,
    }),
  }),
  receipt: query({
    name: 'hospital.custody.receipt', summary: "The new custodian's receipt for a patient's record, as a proof file that the former custodian keeps.", rule: 'permit', cost: 5, audit: 'access',
    input: z.strictObject({ patient: patientHandle }), output: z.strictObject({ proof: z.string() }),
  }),
  attachments: query({
    name: 'hospital.custody.attachments', summary: 'Attachments that came along with a record, by the ids that the records name them by. For the new custodian.', rule: 'permit', cost: 2, audit: 'access',
    input: z.strictObject({ patient: patientHandle }), output: z.strictObject({ items: z.array(z.strictObject({ attachment: uuid, former: uuid, custodian: partyId })) }),
  }),
  offers: query({
    name: 'hospital.custody.offers', summary: "Records that the caller's organisation has offered to others and that others have offered to it, those that wait first, each with how it stands and why.", rule: 'staff', cost: 5, audit: 'access',
    input: z.strictObject({}), output: z.strictObject({ items: z.array(offer.extend({ direction: z.enum(['made', 'received']), patient: patientHandle, subject: base64url, custodian: partyId, custodianName: z.string() })) }),
  }),
  offer: command({
    name: 'hospital.custody.offer', summary: 'Takes `custody-offered` and `custody-offer-taken-back` of the custodian, and `custody-offer-refused` of the hospital that a record is offered to, the last two with a reason.', rule: 'staff', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry, wait }), output: receipt,
  }),
  order: query({
    name: 'hospital.custody.order', summary: 'The order by which a custodian that closes gives its records away, with its legal basis, which everybody whose record moves may read.', rule: 'signed-in', cost: 1, audit: 'none',
    input: z.strictObject({ custodian: partyId }),
    output: z.strictObject({
      order: z.strictObject({ to: partyId, toName: z.string(), basis: z.string(), source: z.string().optional(), entry: uuid, by: partyId, at: instant, confirmed: z.strictObject({ entry: uuid, at: instant }).optional() }).optional(),
    }),
  }),
  writeOrder: command({
    name: 'hospital.custody.writeOrder', summary: 'Takes `custody-ordered` of an administrator, `custody-order-confirmed` of the platform, and `custody-order-ended` of either.', rule: 'organisation-admin', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry, wait }), output: receipt,
  }),
}
