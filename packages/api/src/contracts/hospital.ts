import { z } from 'zod'
import { command, query } from './contract.ts'
import { base64url, cursor, date, decision, entrySignature, entryState, instant, pageSize, partyId, problemItem, purpose, receipt, resourceType, signedEntry, thumbprint, uuid, wait } from './shapes.ts'

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

const patients = {
  list: query({
    name: 'hospital.patients.list', summary: 'Patients whose records the caller may read: of its own organisation, or shared by consent. A patient gets themselves.',
    rule: 'signed-in', cost: 3, audit: 'access',
    input: z.strictObject({ after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({ items: z.array(patientSummary), next: cursor.optional() }),
  }),
  find: query({
    name: 'hospital.patients.find', summary: 'Finds a patient by identifier, or by family name and birth date. The answer is the same whether no such patient exists or it may not be read.',
    rule: 'staff', cost: 5, audit: 'access',
    input: z.union([
      z.strictObject({ identifier: z.strictObject({ system: z.string().max(256).optional(), value: z.string().min(1).max(128) }) }),
      z.strictObject({ family: z.string().min(1).max(128), birthDate: date }),
    ]),
    output: z.strictObject({ items: z.array(patientSummary) }),
  }),
  read: query({
    name: 'hospital.patients.read', summary: 'The banner of one patient.', rule: 'permit', cost: 2, audit: 'access',
    input: z.strictObject({ patient: patientHandle, purpose: purpose.default('treatment') }), output: patientSummary,
  }),
}

const records = {
  list: query({
    name: 'hospital.records.list', summary: "One page of a patient's records within the permit, newest first.", rule: 'permit', cost: 3, audit: 'access',
    input: z.strictObject({ patient: patientHandle, types: z.array(resourceType).max(20).optional(), purpose: purpose.default('treatment'), after: cursor.optional(), limit: pageSize }),
    output: z.strictObject({
      items: z.array(recordItem),
      next: cursor.optional(),
      decision,
      /** Numbers by resource type over all permitted rows; on the first page only. */
      counts: z.record(z.string(), z.int()).optional(),
    }),
  }),
  read: query({
    name: 'hospital.records.read', summary: 'One record: entry, signature and the exact bytes received.', rule: 'permit', cost: 2, audit: 'access',
    input: z.strictObject({ id: uuid, purpose: purpose.default('treatment') }),
    output: z.strictObject({ item: recordItem, patient: patientHandle, entry: z.string(), signature: entrySignature, opening: z.strictObject({ salt: base64url, mediaType: z.string(), payload: base64url }), decision }),
  }),
  /** For direct readers: the record behind a ledger record id that the grantee derived from an epoch key. */
  readByLedgerId: query({
    name: 'hospital.records.readByLedgerId', summary: 'The record behind a ledger record found by direct query.', rule: 'permit', cost: 2, audit: 'access',
    input: z.strictObject({ ledger: z.string().max(128), recordId: z.string().regex(/^[0-9a-f]{32}$/), purpose: purpose.default('treatment') }),
    output: z.strictObject({ proof: z.string(), decision }),
  }),
  proof: query({
    name: 'hospital.records.proof', summary: 'The proof file of a record (docs/proof-format.md), with its opening.', rule: 'permit', cost: 5, audit: 'access',
    input: z.strictObject({ id: uuid, purpose: purpose.default('treatment'), recordAnchor: z.boolean().default(false) }),
    output: z.strictObject({ proof: z.string(), decision }),
  }),
  /** States of entries the caller wrote or may read. */
  states: query({
    name: 'hospital.records.states', summary: 'How far entries have come: stored, sequenced, anchored.', rule: 'permit', cost: 1, audit: 'none',
    input: z.strictObject({ ids: z.array(uuid).min(1).max(200) }), output: z.strictObject({ items: z.array(receipt) }),
  }),
}

const imports = {
  check: query({
    name: 'hospital.imports.check', summary: 'Validates a FHIR R4 transaction or collection Bundle and says what would be imported. Nothing is kept.',
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

/** Payload of a `consent-given` entry (canonical JSON, media type application/careledger-consent+json). */
export const consentTerms = z.strictObject({
  v: z.literal(1),
  /** A person, a system or a whole organisation. */
  grantee: partyId,
  /** Resource types; absent = all. */
  types: z.array(resourceType).min(1).max(100).optional(),
  /** Clinical dates, inclusive; a record without a date is outside a bounded range. The Patient resource never is. */
  from: date.optional(),
  to: date.optional(),
  purpose,
  /** The consent ends by itself, at most one year after it was given. */
  expires: instant,
  /** Whether the grantee may also query the ledger directly (epoch keys are handed out); only without types and dates. */
  direct: z.boolean(),
})

const consentItem = z.strictObject({
  id: uuid, patient: patientHandle, custodian: partyId, custodianName: z.string(), granteeName: z.string(), terms: consentTerms,
  given: instant, state: z.enum(['active', 'expired', 'withdrawn']), entry: entryState,
})

export const hospital = {
  patients, records, imports,
  consents: {
    list: query({ name: 'hospital.consents.list', summary: "The caller's own consents, newest first.", rule: 'self', cost: 2, audit: 'none', input: z.strictObject({ after: cursor.optional(), limit: pageSize }), output: z.strictObject({ items: z.array(consentItem), next: cursor.optional() }) }),
    /** Where the caller has records, and the pseudonym to sign a consent entry with. */
    subjects: query({ name: 'hospital.consents.subjects', summary: 'The custodians that hold records of the caller, with the subject pseudonym to sign with.', rule: 'self', cost: 2, audit: 'none', input: z.strictObject({}), output: z.strictObject({ items: z.array(z.strictObject({ patient: patientHandle, subject: base64url, custodian: partyId, custodianName: z.string() })) }) }),
    give: command({ name: 'hospital.consents.give', summary: 'Records a `consent-given` entry signed by the patient.', rule: 'self', cost: 5, audit: 'change', input: z.strictObject({ entry: signedEntry, wait }), output: receipt }),
    withdraw: command({ name: 'hospital.consents.withdraw', summary: 'Records a `consent-withdrawn` entry signed by the patient; holds from its commit in every process.', rule: 'self', cost: 5, audit: 'change', input: z.strictObject({ entry: signedEntry, wait }), output: receipt }),
  },
  access: {
    list: query({
      name: 'hospital.access.list', summary: 'Who read, and who was refused: every decision about the caller, newest first.', rule: 'self', cost: 2, audit: 'none',
      input: z.strictObject({ after: cursor.optional(), limit: pageSize }),
      output: z.strictObject({
        items: z.array(z.strictObject({ id: uuid, at: instant, operation: z.string(), party: partyId, name: z.string(), organisationName: z.string().optional(), kind: z.enum(['person', 'system', 'organisation', 'platform']), types: z.record(z.string(), z.int()), decision })),
        next: cursor.optional(),
      }),
    }),
  },
  grants: {
    list: query({
      name: 'hospital.grants.list', summary: 'Epoch keys that consents handed to the caller, each sealed to the caller\'s key (ES256 keys only: ECDH-ES+A256KW).', rule: 'signed-in', cost: 2, audit: 'access',
      input: z.strictObject({ after: cursor.optional(), limit: pageSize }),
      output: z.strictObject({
        items: z.array(z.strictObject({ consent: uuid, custodian: partyId, network: z.string(), ledger: z.string(), stream: z.string(), key: thumbprint, epochs: z.array(z.strictObject({ epoch: z.int().min(0), sealed: z.string() })) })),
        next: cursor.optional(),
      }),
    }),
  },
}
