import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, decision, partyId, problemItem, receipt, resourceType, signedEntry, uuid, wait } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

/** LOINC: digits, a hyphen and a check digit. */
const loinc = z.string().regex(/^\d{1,7}-\d$/)

/** One thing that speaks against a resource as it is written. */
const safetyIssue = z.strictObject({
  path: z.string(),
  code: z.enum(['allergy', 'allergy-to-current', 'duplicate-therapy', 'unlikely-value', 'impossible-value', 'pressure-order']),
  /** `refused`: it is not written. `warning`: it is where the resource says why (docs/writing.md). */
  severity: z.enum(['refused', 'warning']),
  message: z.string(),
  /** What an acknowledgement names: `urn:uuid:<entry>` or `Type/id` of the record that speaks against it, or the LOINC code of the value. */
  key: z.string(),
  /** v3-ActCode of the acknowledgement. */
  act: z.string().optional(),
  acknowledged: z.boolean(),
  about: z.string().optional(),
  because: z.enum(['code', 'ingredient', 'class']).optional(),
  group: z.string().optional(),
  value: z.string().optional(),
  unit: z.string().optional(),
  side: z.enum(['below', 'above']).optional(),
  bound: z.number().optional(),
})

/** What a form asks for. */
const codeUse = z.enum(['condition', 'allergy', 'medicine', 'order'])
const coding = z.strictObject({ system: z.string().optional(), code: z.string() })

export const writing = {
  prepare: query({
    name: 'hospital.writing.prepare', summary: "What the caller needs to write in a patient's chart: how to name the patient, which types their roles write, the codes in use, the last values, and the newest visits.",
    rule: 'permit', cost: 5, audit: 'access',
    input: z.strictObject({ patient: patientHandle, results: z.array(loinc).max(20).optional() }),
    output: z.strictObject({
      subject: base64url,
      custodian: partyId,
      /** How resources refer to the patient here. */
      reference: z.string(),
      types: z.array(resourceType),
      /** Newest value of each code asked for; digits as written. */
      results: z.array(z.strictObject({ id: uuid, code: loinc, value: z.string(), unit: z.string().optional(), date: z.string().optional() })),
      /** Newest visits that a record can belong to. */
      /** Codes that this patient's records use, the newest first: what a form suggests before any list. */
      known: z.array(z.strictObject({ use: codeUse, text: z.string(), coding })),
      encounters: z.array(z.strictObject({ reference: z.string(), text: z.string(), date: z.string().optional() })),
      decision,
    }),
  }),
  codes: query({
    name: 'hospital.writing.codes', summary: "Codes of the lists that the caller's hospital has brought, by the beginnings of words. Nothing of a patient is in it.",
    rule: 'staff', cost: 1, audit: 'none',
    input: z.strictObject({ use: codeUse, text: z.string().min(1).max(100), limit: z.int().min(1).max(50).default(10) }),
    output: z.strictObject({ items: z.array(z.strictObject({ system: z.string().optional(), code: z.string(), display: z.string(), list: z.string() })), lists: z.array(z.string()) }),
  }),
  check: query({
    name: 'hospital.writing.check', summary: 'What writing these resources would be refused for, and what speaks against them, before anybody signs them. Nothing is kept.',
    rule: 'staff', cost: 5, audit: 'access', large: true,
    input: z.strictObject({ patient: patientHandle, resources: z.array(z.strictObject({ bytes: base64url, replaces: uuid.optional() })).min(1).max(100) }),
    output: z.strictObject({ ok: z.boolean(), problems: z.array(problemItem), issues: z.array(safetyIssue) }),
  }),
  commit: command({
    name: 'hospital.writing.commit', summary: "Writes signed records in a patient's chart, all or none: new ones, amendments and withdrawals, each amendment with a Provenance that gives the reason. Of two amendments of one record one is written, the other is answered STALE with `replacedBy`.",
    rule: 'staff', cost: 10, audit: 'change', large: true,
    input: z.strictObject({ patient: patientHandle, entries: z.array(signedEntry).min(1).max(100), wait }),
    output: z.strictObject({ receipts: z.array(receipt), decision: decision.optional() }),
  }),
}
