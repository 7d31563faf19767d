/** What can be wrong with a resource or a bundle. Stable; messages are for people and may change. */
const FHIR_PROBLEM_CODES = [
  'json', // not JSON, not UTF-8, a member name twice, nested too deeply
  'too-large', // more bytes, resources or members than one import takes
  'resource-type', // no `resourceType`, or one that FHIR R4 does not have or that is no record
  'bundle-type', // a Bundle of another type than transaction, collection or document
  'bundle-entry', // an entry without a resource, or with a request that is no creation
  'structure', // unknown or missing member, wrong cardinality, wrong JSON type, wrong format
  'invariant', // a rule of the FHIR definitions does not hold
  'code', // a code outside the value set that the element is bound to
  'reference-unresolved', // a reference into the bundle that leads nowhere
  'reference-type', // a reference to a resource of a type that the element does not allow
  'reference-foreign', // a reference to another patient than the one the bundle is about
  'duplicate', // two entries of one fullUrl, or two resources of one type and id
  'patient', // no Patient, or more than one
  'status', // an amendment that does not say so, or a first version that does
  'author', // a resource that names another author than who signs it
  'reason', // an amendment without a reason
  'role', // a resource of a type that the caller's roles do not write
  'amended', // a record that another entry has amended meanwhile
] as const
export type FhirProblemCode = (typeof FHIR_PROBLEM_CODES)[number]

/** One place that must be mended. Never holds a value out of the resource, only its place and the rule. */
export interface FhirProblem {
  /** FHIRPath-like, for example `Bundle.entry[3].resource.status`. */
  readonly path: string
  readonly code: FhirProblemCode
  readonly message: string
  /** Line in the text, from 1, where it is known. */
  readonly line?: number | undefined
}
