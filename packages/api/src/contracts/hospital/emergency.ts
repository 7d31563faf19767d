import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, cursor, date, instant, pageSize, partyId, receipt, sensitivity, signedEntry, uuid, wait } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

const reason = z.enum(['unconscious', 'cannot-communicate', 'no-time', 'other'])
const step = z.strictObject({ entry: uuid, at: instant, party: partyId })

/** Payload of an `emergency-opened` entry (canonical JSON, media type application/careledger-emergency+json). */
export const emergencyOpening = z.strictObject({
  v: z.literal(1),
  /** The legal test that the opener attests: life or health in danger, and the person cannot be asked. */
  test: z.literal('vital-interests/1'),
  /** `record`: everything but sensitive kinds that are not named. `seal`: the named kinds within a consent that holds. */
  opens: z.enum(['record', 'seal']),
  sensitive: z.array(sensitivity).min(1).max(8).optional(),
  reason,
  text: z.string().min(3).max(500),
  /** At most four hours from now. */
  until: instant,
})

const emergencyItem = z.strictObject({
  id: uuid, patient: patientHandle, custodian: partyId, custodianName: z.string(), subject: base64url, party: partyId, name: z.string(), organisationName: z.string(),
  opens: z.enum(['record', 'seal']), sensitive: z.array(sensitivity).optional(), reason, text: z.string(), at: instant, until: instant, due: instant,
  /** Whether something can be read under it now. */
  open: z.boolean(),
  state: z.enum(['open', 'escalated', 'closed']),
  ended: step.optional(), escalated: step.optional(), reviewed: step.extend({ outcome: z.enum(['justified', 'misuse']), note: z.string() }).optional(),
})

/** Emergency access ("break the glass"), breaking a seal within a consent, and the review of both (docs/emergency.md). */
export const emergency = {
  prepare: command({
    name: 'hospital.emergency.prepare', summary: 'What a doctor signs to open a record in an emergency: the same answer whether or not such a person has a record here.', rule: 'doctor', cost: 20, audit: 'access',
    input: z.union([z.strictObject({ patient: patientHandle }), z.strictObject({ identifier: z.strictObject({ system: z.string().max(256).optional(), value: z.string().min(1).max(128) }), birthDate: date })]),
    output: z.strictObject({ subjects: z.array(z.strictObject({ custodian: partyId, custodianName: z.string(), subject: base64url })), until: instant }),
  }),
  open: command({
    name: 'hospital.emergency.open', summary: 'Opens records in an emergency by `emergency-opened` entries signed by a doctor, one for each subject. The patient is told and a review begins in the same commit.', rule: 'doctor', cost: 20, audit: 'access',
    input: z.strictObject({ entries: z.array(signedEntry).min(1).max(20), wait }),
    output: z.strictObject({ opened: z.array(z.strictObject({ id: uuid, patient: patientHandle, custodian: partyId, until: instant })) }),
  }),
  end: command({ name: 'hospital.emergency.end', summary: 'Ends an emergency access by an `emergency-ended` entry of who opened it or of the patient.', rule: 'signed-in', cost: 5, audit: 'change', input: z.strictObject({ entry: signedEntry, wait }), output: receipt }),
  list: query({ name: 'hospital.emergency.list', summary: "Who opened the caller's own record in an emergency, newest first.", rule: 'self', cost: 2, audit: 'none', input: z.strictObject({}), output: z.strictObject({ items: z.array(emergencyItem) }) }),
  mine: query({ name: 'hospital.emergency.mine', summary: 'Emergency accesses that the caller has opened and that have not ended.', rule: 'doctor', cost: 2, audit: 'none', input: z.strictObject({}), output: z.strictObject({ items: z.array(emergencyItem) }) }),
  reviews: query({
    name: 'hospital.emergency.reviews', summary: "Emergency accesses to the custodian's patients, to be reviewed by its privacy officers and once overdue by its administrators.", rule: 'reviewer', cost: 2, audit: 'access',
    input: z.strictObject({ state: z.enum(['open', 'escalated', 'closed']).default('open'), after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({ items: z.array(emergencyItem), next: cursor.optional() }),
  }),
  review: command({ name: 'hospital.emergency.review', summary: 'Closes a review by an `emergency-reviewed` entry: justified, or misuse, which also ends the access.', rule: 'reviewer', cost: 5, audit: 'change', input: z.strictObject({ entry: signedEntry, wait }), output: receipt }),
}
