import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, decision, partyId, problemItem, receipt, resourceType, signedEntry, uuid, wait } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

/** LOINC: digits, a hyphen and a check digit. */
const loinc = z.string().regex(/^\d{1,7}-\d$/)

/** A record with the codes that the safety checks compare. */
const codedRecord = z.strictObject({
  id: uuid,
  text: z.string(),
  codings: z.array(z.strictObject({ system: z.string().optional(), code: z.string() })),
  date: z.string().optional(),
})

export const writing = {
  prepare: query({
    name: 'hospital.writing.prepare', summary: "What the caller needs to write in a patient's chart: how to name the patient, which types their roles write, and what the safety checks compare with.",
    rule: 'permit', cost: 5, audit: 'access',
    input: z.strictObject({ patient: patientHandle, results: z.array(loinc).max(20).optional() }),
    output: z.strictObject({
      subject: base64url,
      custodian: partyId,
      /** How resources refer to the patient here. */
      reference: z.string(),
      types: z.array(resourceType),
      allergies: z.array(codedRecord),
      prescriptions: z.array(codedRecord),
      /** Newest value of each code asked for; digits as written. */
      results: z.array(z.strictObject({ id: uuid, code: loinc, value: z.string(), unit: z.string().optional(), date: z.string().optional() })),
      /** Newest visits that a record can belong to. */
      encounters: z.array(z.strictObject({ reference: z.string(), text: z.string(), date: z.string().optional() })),
      decision,
    }),
  }),
  check: query({
    name: 'hospital.writing.check', summary: 'What writing these resources would be refused for, before anybody signs them. Nothing is kept.',
    rule: 'staff', cost: 5, audit: 'access', large: true,
    input: z.strictObject({ patient: patientHandle, resources: z.array(z.strictObject({ bytes: base64url, replaces: uuid.optional() })).min(1).max(100) }),
    output: z.strictObject({ ok: z.boolean(), problems: z.array(problemItem) }),
  }),
  commit: command({
    name: 'hospital.writing.commit', summary: "Writes signed records in a patient's chart, all or none: new ones, amendments and withdrawals, each amendment with a Provenance that gives the reason. Of two amendments of one record one is written, the other is answered STALE with `replacedBy`.",
    rule: 'staff', cost: 10, audit: 'change', large: true,
    input: z.strictObject({ patient: patientHandle, entries: z.array(signedEntry).min(1).max(100), wait }),
    output: z.strictObject({ receipts: z.array(receipt), decision: decision.optional() }),
  }),
}
