import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, instant, resourceType, uuid } from '../shapes.ts'

export const exports_ = {
  start: command({
    name: 'hospital.exports.start', summary: 'Begins a bulk export (FHIR Bulk Data) of what the caller may read, decided for each patient.', rule: 'signed-in', cost: 50, audit: 'change', scoped: true,
    input: z.strictObject({ scope: z.enum(['custodian', 'readable', 'shared']), types: z.array(resourceType).min(1).max(100).optional(), typeFilters: z.array(z.string().max(2048)).min(1).max(50).optional(), since: instant.optional(), url: z.string().max(2048) }),
    output: z.strictObject({ id: uuid }),
  }),
  status: query({
    name: 'hospital.exports.status', summary: 'How a bulk export of the caller stands, and its files once it is done.', rule: 'permit', cost: 1, audit: 'none', scoped: true,
    input: z.strictObject({ id: uuid }),
    output: z.strictObject({
      id: uuid, state: z.enum(['running', 'done', 'failed']), problem: z.string().optional(), url: z.string(), transactionTime: instant, expires: instant, patients: z.int(), records: z.int(),
      files: z.array(z.strictObject({ type: resourceType, count: z.int(), parts: z.int() })),
    }),
  }),
  part: query({
    name: 'hospital.exports.part', summary: 'One part of a file of a bulk export, NDJSON; without the lines that the caller may no longer have.', rule: 'permit', cost: 5, audit: 'access', scoped: true,
    input: z.strictObject({ id: uuid, type: resourceType, part: z.int().min(0) }), output: z.strictObject({ lines: base64url }),
  }),
  cancel: command({
    name: 'hospital.exports.cancel', summary: 'Cancels a bulk export of the caller, or removes its files.', rule: 'permit', cost: 5, audit: 'change', scoped: true,
    input: z.strictObject({ id: uuid }), output: z.strictObject({}),
  }),
}
