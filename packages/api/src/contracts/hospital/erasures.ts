import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, date, entryState, instant, partyId, receipt, signedEntry, uuid, wait } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

const write = z.strictObject({ entry: signedEntry, wait })
const reason = z.strictObject({ kind: z.enum(['period', 'hold']), basis: z.string(), source: z.string().optional(), until: date.optional() })
const at = { entry: uuid, at: instant }

/** What was asked and proposed of one patient, and what retention says today. */
const item = z.strictObject({
  patient: patientHandle, subject: base64url, custodian: partyId, custodianName: z.string(), erasable: z.boolean(), reasons: z.array(reason),
  request: z.strictObject({ ...at, party: partyId }).optional(),
  refused: z.strictObject({ ...at, reasons: z.array(reason) }).optional(),
  proposed: z.strictObject({ ...at, by: partyId, ground: z.enum(['request', 'period-ended']) }).optional(),
  proposerName: z.string().optional(),
  approved: uuid.optional(),
})
/** An order that was given: all that is left of the patient here. */
const done = z.strictObject({
  subject: base64url, custodian: partyId, custodianName: z.string(), proposal: uuid, proposer: partyId, proposerName: z.string(), approval: uuid, approver: partyId, approverName: z.string(), approvedAt: instant,
  request: uuid.optional(), asker: partyId.optional(),
  /** The `subject-erased` entry and how far it has come; absent while the instance still erases. */
  certificate: uuid.optional(), erasedAt: instant.optional(), state: entryState.optional(),
})
const cases = z.strictObject({ open: z.array(item), done: z.array(done) })

/** Erasure: asked by the patient, ordered by two people of the custodian, certified (docs/erasure.md). */
export const erasures = {
  own: query({
    name: 'hospital.erasures.own', summary: "The caller's own requests at every custodian, what each would answer today, and the certificates of what was erased because they asked.", rule: 'self', cost: 10, audit: 'none',
    input: z.strictObject({}), output: cases,
  }),
  request: command({
    name: 'hospital.erasures.request', summary: 'The patient asks to be erased (`erasure-requested`), or takes it back (`erasure-request-withdrawn`).', rule: 'self', cost: 5, audit: 'change',
    input: write, output: receipt,
  }),
  list: query({
    name: 'hospital.erasures.list', summary: "Requests and proposals that wait at the caller's organisation, and what was erased. Records clerks and administrators.", rule: 'signed-in', cost: 20, audit: 'access',
    input: z.strictObject({}), output: cases,
  }),
  case: query({
    name: 'hospital.erasures.case', summary: 'The case of one patient. Records clerks and administrators of the custodian.', rule: 'signed-in', cost: 10, audit: 'access',
    input: z.strictObject({ patient: patientHandle }), output: item,
  }),
  decide: command({
    name: 'hospital.erasures.decide', summary: "The custodian's people answer: refused with legal basis, proposed, taken back, or approved by a second person, who then erases.", rule: 'signed-in', cost: 20, audit: 'change',
    input: write, output: z.strictObject({ receipt, certificate: uuid.optional() }),
  }),
  notices: query({
    name: 'hospital.erasures.notices', summary: "Erasures of patients who had let the caller or the caller's organisation in: by whom, when, under which consent or delegation, and the certificate. Nothing says who the patient was.", rule: 'signed-in', cost: 5, audit: 'none',
    input: z.strictObject({}), output: z.strictObject({ items: z.array(z.strictObject({ custodian: partyId, custodianName: z.string(), access: uuid, grantee: partyId, certificate: uuid, at: instant })) }),
  }),
  certificate: query({
    name: 'hospital.erasures.certificate', summary: 'The proof file of a certificate of erasure, for whoever knows its id; nothing of a patient stands in it.', rule: 'signed-in', cost: 5, audit: 'none',
    input: z.strictObject({ id: uuid }), output: z.strictObject({ proof: z.string(), state: entryState }),
  }),
}
