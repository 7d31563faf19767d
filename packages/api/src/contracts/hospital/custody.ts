import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, decision, instant, partyId, purpose, receipt, signedEntry, uuid, wait } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

/** Transfer of custody: a record moves to another custodian, its old proofs with it (docs/custody.md). */
export const custody = {
  origin: query({
    name: 'hospital.custody.origin', summary: "Where a record comes from that another custodian kept before, with that custodian's proof.", rule: 'permit', cost: 2, audit: 'access',
    input: z.strictObject({ id: uuid, purpose: purpose.default('treatment') }),
    output: z.strictObject({ origin: z.strictObject({ custodian: partyId, entry: uuid, author: partyId, log: z.string(), recordedAt: instant, received: uuid, proof: z.string() }).optional(), decision }),
  }),
  prepare: query({
    name: 'hospital.custody.prepare', summary: 'The subject that a closing entry of one of the own patients is signed with.', rule: 'permit', cost: 1, audit: 'access',
    input: z.strictObject({ patient: patientHandle }), output: z.strictObject({ subject: base64url, custodian: partyId }),
  }),
  close: command({
    name: 'hospital.custody.close', summary: 'Records a `custody-transferred` entry of the custodian that gave a record away, under the consent by which the patient agreed.', rule: 'staff', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry, wait }), output: receipt,
  }),
}
