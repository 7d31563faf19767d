import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, cursor, instant, pageSize, partyId, problemItem, thumbprint, uuid } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

/** How one bundle of an import has come out. */
const outcome = {
  digest: thumbprint,
  state: z.enum(['waiting', 'prepared', 'done', 'parked']),
  patient: patientHandle.optional(),
  records: z.int().min(0).optional(),
  alreadyThere: z.int().min(0).optional(),
  /** Code of the Problem it was refused with. */
  reason: z.string().max(64).optional(),
  problems: z.array(z.strictObject({ path: z.string().max(1024), message: z.string().max(1024), line: z.int().min(1).optional() })).max(200).optional(),
}
export const importItem = z.strictObject({ ...outcome, name: z.string().max(512) })
const importJob = z.strictObject({ id: uuid, party: partyId, startedAt: instant, total: z.int() })

/** Imports of many bundles: what has been done of each, so that whoever brings them can go on after anything. */
export const jobs = {
  open: command({
    name: 'hospital.imports.jobs.open', summary: 'Opens an import of many bundles, or goes on with it; gives how each bundle named stands.', rule: 'staff', cost: 10, audit: 'change',
    input: z.strictObject({ id: uuid, items: z.array(z.strictObject({ digest: thumbprint, name: z.string().max(512) })).max(1000) }), output: z.strictObject({ items: z.array(importItem) }),
  }),
  settle: command({ name: 'hospital.imports.jobs.settle', summary: 'Says how one bundle of an import has come out.', rule: 'staff', cost: 1, audit: 'change', input: z.strictObject({ id: uuid, outcome: z.strictObject(outcome) }), output: z.strictObject({}) }),
  list: query({ name: 'hospital.imports.jobs.list', summary: 'Imports of the caller\'s organisation.', rule: 'staff', cost: 2, audit: 'none', input: z.strictObject({ after: cursor.optional(), limit: pageSize }), output: z.strictObject({ items: z.array(importJob), next: cursor.optional() }) }),
  read: query({ name: 'hospital.imports.jobs.read', summary: 'One import with its bundles.', rule: 'staff', cost: 2, audit: 'none', input: z.strictObject({ id: uuid, after: cursor.optional(), limit: pageSize }), output: z.strictObject({ job: importJob, items: z.array(importItem), next: cursor.optional() }) }),
}

/** `imports.preview`: as `imports.check`, and who it is about. */
export const preview = query({
  name: 'hospital.imports.preview', summary: 'Validates a bundle as `imports.check` does, and says whether its patient is known and what of it is there already. Nothing is kept.',
  rule: 'staff', cost: 20, audit: 'access', large: true,
  input: z.strictObject({ bundle: base64url }),
  output: z.strictObject({
    ok: z.boolean(), counts: z.record(z.string(), z.int()), total: z.int(), problems: z.array(problemItem), more: z.int(),
    patient: z.strictObject({ name: z.string().optional(), birthDate: z.string().optional(), gender: z.string().optional() }).optional(),
    known: z.boolean().optional(), alreadyThere: z.int(),
  }),
})
