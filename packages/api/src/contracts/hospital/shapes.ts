import { z } from 'zod'
import { decision, entryState, instant, partyId, resourceType, uuid } from '../shapes.ts'

/** Opaque handle of a patient at one custodian (a random UUID); safe in a URL. */
export const patientHandle = uuid

export const patientSummary = z.strictObject({
  patient: patientHandle,
  custodian: partyId,
  custodianName: z.string(),
  name: z.string().optional(),
  birthDate: z.string().optional(),
  gender: z.string().optional(),
  localNumber: z.string().optional(),
  /** Words, most important first; from AllergyIntolerance resources within the permit. Absent: not allowed to know. */
  allergies: z.array(z.string()).optional(),
  access: decision,
})

export const recordItem = z.strictObject({
  /** Entry id. */
  id: uuid,
  type: resourceType,
  /** One line for people, for example "Body Weight 82.4 kg"; made from the resource, shown only under the permit. */
  title: z.string(),
  /** Clinical date of the resource, if it has one. */
  date: z.string().optional(),
  status: z.string().optional(),
  custodian: partyId,
  author: z.strictObject({ party: partyId, name: z.string() }),
  recordedAt: instant,
  state: entryState,
  /** Entry that supersedes this one. */
  replacedBy: uuid.optional(),
})
