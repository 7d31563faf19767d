import { z } from 'zod'
import { command, query } from '../contract.ts'
import { date, instant, partyId, purpose, resourceType, uuid } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

/** What somebody asks a patient for; the patient may change all of it before signing. */
export const askedTerms = z.strictObject({
  purpose,
  types: z.array(resourceType).min(1).max(100).optional(),
  from: date.optional(),
  days: z.int().min(1).max(365),
  direct: z.boolean(),
})

/** Asking for access: the same answer whether or not there is a record (docs/patient-index.md). */
export const requests = {
  ask: command({
    name: 'hospital.requests.ask', summary: 'Asks a patient for access, by full number and birth date. The answer is the same whether or not such a person has a record here.', rule: 'staff', cost: 20, audit: 'access',
    input: askedTerms.extend({ identifier: z.strictObject({ system: z.string().max(256).optional(), value: z.string().min(1).max(128) }), birthDate: date }),
    output: z.strictObject({ ends: instant }),
  }),
  list: query({
    name: 'hospital.requests.list', summary: 'Who asks the caller for access and waits for an answer.', rule: 'self', cost: 2, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(z.strictObject({ id: uuid, patient: patientHandle, custodian: partyId, custodianName: z.string(), asker: partyId, askerName: z.string(), organisationName: z.string().optional(), terms: askedTerms, asked: instant, ends: instant })) }),
  }),
  answer: command({
    name: 'hospital.requests.answer', summary: 'Takes a request off the list: shared (by a consent, which is signed before) or declined. Whoever asks is told neither.', rule: 'self', cost: 2, audit: 'change',
    input: z.strictObject({ id: uuid, answer: z.enum(['shared', 'declined']) }), output: z.strictObject({}),
  }),
}
