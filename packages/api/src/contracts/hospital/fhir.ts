import { z } from 'zod'
import { command, query } from '../contract.ts'
import { entrySignature, instant, publicJwk, purpose, resourceType, thumbprint, partyId, uuid } from '../shapes.ts'
import { patientHandle } from './shapes.ts'

/** Operations behind `/fhir/r4`; resources travel as their authors' exact text. */
const fhirId = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/)
const parameters = z.array(z.tuple([z.string().max(256), z.string().max(4096)])).max(50)
/** Opaque; holds the whole question, sealed. */
const page = z.string().max(64 * 1024)
const count = z.int().min(1).max(100).default(20)
const fhirTime = z.string().max(40)
const summary = z.enum(['true', 'text', 'data', 'count', 'false']).default('false')

const version = z.strictObject({
  type: resourceType, id: fhirId, version: uuid, lastUpdated: instant,
  /** JSON text. */
  resource: z.string(), mode: z.enum(['match', 'include']), amends: z.boolean(),
  /** It shows links of the Patient that its author did not write, so it may change without a new version. */
  linked: z.boolean(),
})
const versions = z.strictObject({ entries: z.array(version), total: z.int().min(0).optional(), next: page.optional() })
const written = z.strictObject({ outcome: z.enum(['created', 'updated', 'existing']), type: resourceType, id: fhirId, version: uuid, lastUpdated: instant.optional() })
/** The caller's own entry for the resource: without it the custodian's gateway signs. */
const signed = z.strictObject({ entry: z.string().max(4096), signature: entrySignature, salt: z.string().max(64) })

/** What is changed: by its id, or by a search that finds it. */
const which = { id: fhirId.optional(), condition: parameters.optional() }
const namesOne = [(input: { readonly id?: string | undefined; readonly condition?: unknown }) => (input.id === undefined) !== (input.condition === undefined), 'Either id or condition.'] as const
/** Version ids; `*`: any. */
const ifMatch = z.array(z.string().max(64)).min(1).max(20).optional()

export const fhir = {
  capability: query({
    name: 'hospital.fhir.capability', summary: 'What the FHIR R4 server can do: types, interactions and search parameters.', rule: 'public', cost: 2, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ types: z.array(z.strictObject({ type: resourceType, parameters: z.array(z.strictObject({ name: z.string(), type: z.string(), definition: z.string(), modifiers: z.array(z.string()) })), includes: z.array(z.string()), revincludes: z.array(z.string()) })) }),
  }),
  read: query({
    name: 'hospital.fhir.read', summary: 'One resource by type and id: its newest version, or the one that is named.', rule: 'permit', cost: 2, audit: 'access', scoped: true,
    input: z.strictObject({ type: resourceType, id: fhirId, version: uuid.optional(), summary, elements: z.array(z.string().max(64)).max(50).optional(), purpose: purpose.default('treatment') }), output: version,
  }),
  history: query({
    name: 'hospital.fhir.history', summary: 'Versions of one resource, or of every resource of a type that may be read, newest first.', rule: 'permit', cost: 5, audit: 'access', scoped: true,
    input: z.strictObject({ type: resourceType, id: fhirId.optional(), since: fhirTime.optional(), count, page: page.optional(), purpose: purpose.default('treatment') }), output: versions,
  }),
  search: query({
    name: 'hospital.fhir.search', summary: 'A FHIR R4 search on one type, within what the caller may read.', rule: 'signed-in', cost: 5, audit: 'access', scoped: true,
    input: z.strictObject({ type: resourceType, parameters, strict: z.boolean().default(false), page: page.optional(), purpose: purpose.default('treatment') }),
    output: versions.extend({ type: resourceType, ignored: z.array(z.string()) }),
  }),
  everything: query({
    name: 'hospital.fhir.everything', summary: 'Everything of one patient within the permit, newest first.', rule: 'permit', cost: 5, audit: 'access', scoped: true,
    input: z.strictObject({ id: fhirId, types: z.array(resourceType).max(50).optional(), since: fhirTime.optional(), start: fhirTime.optional(), end: fhirTime.optional(), count, page: page.optional(), purpose: purpose.default('treatment') }), output: versions,
  }),
  create: command({
    name: 'hospital.fhir.create', summary: 'Keeps a new resource, byte for byte; with a condition, only where a search finds nothing.', rule: 'staff', cost: 10, audit: 'change', scoped: true, large: true,
    input: z.strictObject({ type: resourceType, resource: z.string(), ifNoneExist: parameters.optional(), patient: patientHandle.optional(), signed: signed.optional(), purpose: purpose.default('treatment') }),
    /** `resource`: what the condition found. */
    output: written.extend({ resource: z.string().optional() }),
  }),
  update: command({
    name: 'hospital.fhir.update', summary: 'Keeps a new version of a resource, or its first: the one with this id, or the one that a search finds; with versions, only where one of them holds.', rule: 'staff', cost: 10, audit: 'change', scoped: true, large: true,
    input: z.strictObject({ type: resourceType, ...which, resource: z.string(), ifMatch, onlyNew: z.boolean().default(false), patient: patientHandle.optional(), signed: signed.optional(), purpose: purpose.default('treatment') }).refine(...namesOne), output: written,
  }),
  patch: command({
    name: 'hospital.fhir.patch', summary: 'Changes a resource by a JSON Patch (RFC 6902) or a FHIRPath Patch; who patches also reads.', rule: 'staff', cost: 10, audit: 'change', scoped: true,
    input: z.strictObject({ type: resourceType, ...which, patch: z.string(), ifMatch, purpose: purpose.default('treatment') }).refine(...namesOne),
    output: written.extend({ resource: z.string() }),
  }),
  transaction: command({
    name: 'hospital.fhir.transaction', summary: 'Writes the resources of a transaction Bundle about one patient, all or none.', rule: 'staff', cost: 50, audit: 'change', scoped: true, large: true,
    input: z.strictObject({ bundle: z.string(), patient: patientHandle.optional(), purpose: purpose.default('treatment') }), output: z.strictObject({ entries: z.array(written) }),
  }),
  validate: query({
    name: 'hospital.fhir.validate', summary: 'What is wrong with a resource by FHIR R4, before it is written; nothing is kept.', rule: 'signed-in', cost: 5, audit: 'none', scoped: true,
    input: z.strictObject({ type: resourceType, resource: z.string() }),
    output: z.strictObject({ problems: z.array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() })) }),
  }),
  gateway: query({
    name: 'hospital.fhir.gateway', summary: 'The key that signs for clients of the caller\'s organisation that cannot sign themselves, to be enrolled by it.', rule: 'organisation-admin', cost: 2, audit: 'none',
    input: z.strictObject({}), output: z.strictObject({ key: thumbprint, jwk: publicJwk, party: partyId.optional() }),
  }),
  gateways: query({
    name: 'hospital.fhir.gateways', summary: 'Gateway keys: who holds them, since when and until when; of the caller\'s organisation, or of all for the operator. Empty for others.', rule: 'permit', cost: 2, audit: 'none',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(z.strictObject({ custodian: partyId, name: z.string(), key: thumbprint, jwk: publicJwk, state: z.enum(['ready', 'enrolled', 'revoked']), party: partyId.optional(), since: instant.optional(), until: instant.optional() })) }),
  }),
}
