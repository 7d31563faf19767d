import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, decision, partyId, problemItem, receipt, signedEntry, thumbprint, uuid, wait } from '../shapes.ts'
import { jobs, preview } from './import-jobs.ts'
import { patientHandle } from './shapes.ts'

export const imports = {
  jobs,
  preview,
  check: query({
    name: 'hospital.imports.check', summary: 'Validates a FHIR R4 transaction, collection or document Bundle and says what would be imported. Nothing is kept.',
    rule: 'staff', cost: 20, audit: 'access', large: true,
    /** The bundle's exact bytes. At most 32 MiB and 4,096 resources. */
    input: z.strictObject({ bundle: base64url }),
    output: z.strictObject({
      ok: z.boolean(),
      counts: z.record(z.string(), z.int()),
      total: z.int(),
      problems: z.array(problemItem),
      /** More problems than are listed (at most 200 are). */
      more: z.int(),
      patient: z.strictObject({ name: z.string().optional(), birthDate: z.string().optional(), gender: z.string().optional() }).optional(),
    }),
  }),
  prepare: command({
    name: 'hospital.imports.prepare', summary: 'Names the patient a bundle belongs to: known by an identifier at the caller\'s organisation, or new. A new one exists only once a commit arrives.',
    rule: 'staff', cost: 5, audit: 'change',
    input: z.strictObject({
      identifiers: z.array(z.strictObject({ system: z.string().max(256).optional(), value: z.string().min(1).max(128) })).max(20),
      /** SHA-256 of each payload: which of them are the patient's records already. */
      digests: z.array(thumbprint).max(4096).optional(),
      /** The patient that an earlier call named for the same bundle. */
      patient: patientHandle.optional(),
    }),
    output: z.strictObject({ patient: patientHandle, subject: base64url, custodian: partyId, known: z.boolean(), present: z.array(z.strictObject({ index: z.int().min(0), id: uuid })) }),
  }),
  commit: command({
    name: 'hospital.imports.commit', summary: 'Writes the signed entries of one bundle, all or none. Order: `patient-registered` first when the patient is new, then one `record-created` per resource.',
    rule: 'staff', cost: 50, audit: 'change', large: true,
    input: z.strictObject({ patient: patientHandle, entries: z.array(signedEntry).min(1).max(4096), wait }),
    output: z.strictObject({ receipts: z.array(receipt), decision: decision.optional() }),
  }),
}
