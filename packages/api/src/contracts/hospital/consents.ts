import { z } from 'zod'
import { command, query } from '../contract.ts'
import { base64url, cursor, date, entryState, instant, pageSize, partyId, purpose, receipt, resourceType, sensitivity, signedEntry, uuid, wait } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

const types = z.array(resourceType).min(1).max(100)
/** `system|code` of a record's category. */
const categories = z.array(z.string().regex(/^[^|\s]{0,256}\|[^|\s]{1,64}$/)).min(1).max(20)

/** What one exception takes out: what fits all members that it has; where a record does not say, it is taken out. */
const consentException = z.strictObject({ people: z.array(partyId).min(1).max(20).optional(), types: types.optional(), categories: categories.optional(), from: date.optional(), to: date.optional() })

/** Payload of a `consent-given` entry (canonical JSON, media type application/careledger-consent+json). */
export const consentTerms = z.strictObject({
  v: z.literal(1),
  /** A person, a system or a whole organisation. */
  grantee: partyId,
  /** Only people of the organisation in this role. */
  role: z.enum(['doctor', 'records-clerk', 'system']).optional(),
  /** Resource types; absent = all. */
  types: types.optional(),
  categories: categories.optional(),
  /** Clinical dates, inclusive; a record without a date is outside a bounded range. The Patient resource never is. */
  from: date.optional(),
  to: date.optional(),
  /** Sensitive kinds that are included, ascending; a record of another kind is outside. Absent = none. */
  sensitive: z.array(sensitivity).min(1).max(8).optional(),
  /** "All but ...". */
  except: z.array(consentException).min(1).max(20).optional(),
  purpose,
  /** The consent ends by itself, at most one year after it was given. */
  expires: instant,
  /** Whether the grantee may also query the ledger directly (epoch keys are handed out); only where nothing is left out, no sensitive kind either. */
  direct: z.boolean(),
  /** The grantee may pass it on to others by name, within these terms. */
  passOn: z.literal(true).optional(),
})

/** Who signed in the patient's stead, and as what. */
const actedBy = z.strictObject({ party: partyId, name: z.string(), basis: z.enum(['chosen', 'parent', 'legal-guardian']) })

export const consentItem = z.strictObject({
  id: uuid, patient: patientHandle, custodian: partyId, custodianName: z.string(), granteeName: z.string(), terms: consentTerms,
  given: instant, state: z.enum(['active', 'expired', 'withdrawn']), entry: entryState,
  actedBy: actedBy.optional(),
  /** Who passed which consent on by it. */
  passedOn: z.strictObject({ consent: uuid, name: z.string() }).optional(),
  /** Id of the `consent-withdrawn` entry, where it was withdrawn. */
  withdrawnBy: uuid.optional(),
  withdrawnActedBy: actedBy.optional(),
})

export const consents = {
  list: query({ name: 'hospital.consents.list', summary: "The caller's own consents, newest first.", rule: 'self', cost: 2, audit: 'none', input: z.strictObject({ after: cursor.optional(), limit: pageSize }), output: z.strictObject({ items: z.array(consentItem), next: cursor.optional() }) }),
  /** Where the caller has records, and the pseudonym to sign a consent entry with. */
  subjects: query({ name: 'hospital.consents.subjects', summary: 'The custodians that hold records of the caller, with the subject pseudonym to sign with.', rule: 'self', cost: 2, audit: 'none', input: z.strictObject({}), output: z.strictObject({ items: z.array(z.strictObject({ patient: patientHandle, subject: base64url, custodian: partyId, custodianName: z.string() })) }) }),
  receipt: query({
    name: 'hospital.consents.receipt', summary: "The receipt of one of the caller's consents or withdrawals, by the entry's id: a verifiable credential of the custodian with all that is needed to check it offline.", rule: 'self', cost: 5, audit: 'none',
    input: z.strictObject({ id: uuid }), output: z.strictObject({ receipt: z.string(), anchored: z.boolean() }),
  }),
  toFhir: query({ name: 'hospital.consents.toFhir', summary: "One of the caller's consents as FHIR R4 Consent (JSON text).", rule: 'self', cost: 1, audit: 'none', input: z.strictObject({ id: uuid }), output: z.strictObject({ resource: z.string() }) }),
  fromFhir: query({ name: 'hospital.consents.fromFhir', summary: 'The terms that a FHIR R4 Consent says, for the patient to sign. What cannot be mapped is refused with its path.', rule: 'self', cost: 2, audit: 'none', input: z.strictObject({ resource: z.string().max(65_536) }), output: z.strictObject({ terms: consentTerms }) }),
  give: command({ name: 'hospital.consents.give', summary: 'Records a `consent-given` entry signed by the patient.', rule: 'self', cost: 5, audit: 'change', input: z.strictObject({ entry: signedEntry, wait }), output: receipt }),
  withdraw: command({ name: 'hospital.consents.withdraw', summary: 'Records a `consent-withdrawn` entry signed by the patient; holds from its commit in every process.', rule: 'self', cost: 5, audit: 'change', input: z.strictObject({ entry: signedEntry, wait }), output: receipt }),
}
