import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, cursor, instant, pageSize, partyId, purpose, receipt, resourceType, signedEntry, uuid, wait } from '../shapes.ts'
import { patientHandle, recordItem } from './shapes.ts'

const field = z.enum(['identifier', 'family', 'given', 'birthDate', 'sex', 'phone', 'address'])
const level = z.enum(['same', 'similar', 'swapped', 'initial', 'one-digit', 'partial', 'different'])

/** One of two patients, in what they are compared by. Numbers are masked. */
const side = z.strictObject({
  patient: patientHandle, subject: base64url, custodian: partyId,
  name: z.string().optional(), birthDate: z.string().optional(), sex: z.string().optional(),
  phones: z.array(z.string()), addresses: z.array(z.string()),
  identifiers: z.array(z.strictObject({ system: z.string().optional(), masked: z.string() })),
})

export const patientPair = z.strictObject({
  /** Bits of evidence (Fellegi-Sunter); `automatic` from 30 without a contradiction, `review` from 14. */
  score: z.number(),
  outcome: z.enum(['automatic', 'review', 'none']),
  reasons: z.array(z.strictObject({ field, level, weight: z.number() })),
  left: side, right: side,
  decided: z.strictObject({ kind: z.enum(['merged', 'different']), entry: uuid, into: patientHandle.optional() }).optional(),
})

/** The master patient index: who may be one person, who was said to be (docs/patient-index.md). */
export const mpi = {
  duplicates: query({
    name: 'hospital.mpi.duplicates', summary: "Pairs of patients who may be one person: those of one patient, or the caller's organisation's queue. Only patients that the caller may read.", rule: 'staff', cost: 20, audit: 'access',
    input: z.strictObject({ patient: patientHandle.optional(), after: cursor.optional(), limit: z.int().min(1).max(50).default(20) }),
    output: z.strictObject({ items: z.array(patientPair), next: cursor.optional() }),
  }),
  compare: query({
    name: 'hospital.mpi.compare', summary: 'Two patients side by side, with what was decided of them.', rule: 'permit', cost: 3, audit: 'access',
    input: z.strictObject({ patient: patientHandle, other: patientHandle }), output: patientPair,
  }),
  decide: command({
    name: 'hospital.mpi.decide', summary: 'Records that two patients are one person (`patient-merged`), are not (`patient-distinguished`), or takes that back (`patient-unmerged`, `patient-distinction-ended`).', rule: 'staff', cost: 5, audit: 'change',
    input: z.strictObject({ entry: signedEntry, wait }), output: receipt,
  }),
  decisions: query({
    name: 'hospital.mpi.decisions', summary: "What stands decided at the caller's organisation, to undo.", rule: 'staff', cost: 2, audit: 'none',
    input: z.strictObject({ after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({ items: z.array(z.strictObject({ entry: uuid, kind: z.enum(['merged', 'different']), patient: patientHandle, other: patientHandle, by: partyId, at: instant })), next: cursor.optional() }),
  }),
  records: query({
    name: 'hospital.mpi.records', summary: 'Records of all patients who were said to be one person with this one, each under its own policy, newest first.', rule: 'permit', cost: 5, audit: 'access',
    input: z.strictObject({ patient: patientHandle, types: z.array(resourceType).max(20).optional(), purpose: purpose.default('treatment'), after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({ items: z.array(recordItem.extend({ patient: patientHandle })), patients: z.array(patientHandle), next: cursor.optional() }),
  }),
}
