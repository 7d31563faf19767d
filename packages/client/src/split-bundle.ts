import { Problem } from '@careledger/api/contracts'
import { isProofError, readJson } from '@careledger/proof'
import type { JsonNode, JsonObjectNode } from '@careledger/proof'
import { clinicalDateOf, memberText } from './clinical-date.ts'

/** What one import takes at most (contract `hospital.imports.check`). */
export const BUNDLE_BYTES_MAX = 32 * 1024 * 1024
export const BUNDLE_RESOURCES_MAX = 4096

/** One resource of a Bundle, cut out as it stood. */
export interface BundleResource {
  readonly type: string
  /** The exact bytes between its braces, both included: numbers, order and white space untouched. */
  readonly bytes: Uint8Array
  /** Place in the Bundle, from 0. */
  readonly index: number
  /** Clinical date as written (date or instant), if it has one. */
  readonly date?: string | undefined
}

export interface PatientIdentifier {
  readonly system?: string
  readonly value: string
}

export interface SplitBundle {
  /** By clinical date, undated ones first; equal ones in the order of the Bundle. So the time-ordered ids made in this order follow the dates. */
  readonly resources: readonly BundleResource[]
  /** Identifiers of the Bundle's Patient, at most 20; empty where it has none. */
  readonly identifiers: readonly PatientIdentifier[]
}

/**
 * Cuts a FHIR R4 transaction, collection or document Bundle into the exact bytes of each resource. It looks at the envelope only; whether a resource
 * is valid FHIR is the server's to say.
 *
 * Errors: Problem INPUT_TOO_LARGE; INPUT_MALFORMED (not JSON, a member twice) with the byte offset; FHIR_INVALID with `problems` where the
 * envelope is no such Bundle or does not hold exactly one Patient.
 */
export function splitBundle(bytes: Uint8Array): SplitBundle {
  if (bytes.length > BUNDLE_BYTES_MAX) throw new Problem('INPUT_TOO_LARGE', 'A bundle has at most 32 MiB. Split it.', { details: { limit: BUNDLE_BYTES_MAX } })
  const bundle = readBundle(bytes)
  const problems: { path: string; code: string; message: string }[] = []
  const found: (BundleResource & { readonly node: JsonObjectNode })[] = []
  const entries = bundle.members.get('entry')
  for (const [index, entry] of (entries?.kind === 'array' ? entries.items : []).entries()) {
    const node = entry.kind === 'object' ? entry.members.get('resource') : undefined
    const type = node?.kind === 'object' ? memberText(node, 'resourceType') : undefined
    if (node?.kind !== 'object' || type === undefined) problems.push({ path: `Bundle.entry[${index}].resource`, code: 'required', message: 'A resource with a resourceType is missing.' })
    else found.push({ type, bytes: bytes.slice(node.start, node.end), index, date: clinicalDateOf(node), node })
  }
  const patients = found.filter((resource) => resource.type === 'Patient')
  if (found.length === 0) problems.push({ path: 'Bundle.entry', code: 'required', message: 'The bundle holds no resource.' })
  else if (patients.length !== 1) problems.push({ path: 'Bundle.entry', code: 'structure', message: `The bundle holds ${patients.length} Patients; it must hold exactly one.` })
  if (problems.length > 0) throw invalid(problems)
  if (found.length > BUNDLE_RESOURCES_MAX) throw new Problem('INPUT_TOO_LARGE', `A bundle has at most ${BUNDLE_RESOURCES_MAX} resources. Split it.`, { details: { limit: BUNDLE_RESOURCES_MAX } })
  const resources = found.map(({ node: _node, ...resource }) => resource).sort(byDate)
  return { resources, identifiers: patients.flatMap((patient) => identifiersOf(patient.node)).slice(0, 20) }
}

function readBundle(bytes: Uint8Array): JsonObjectNode {
  let root: JsonNode
  try {
    root = readJson(bytes, { depthMax: 128 })
  } catch (thrown) {
    if (!isProofError(thrown)) throw thrown
    throw new Problem(thrown.code === 'TOO_DEEP' ? 'INPUT_TOO_LARGE' : 'INPUT_MALFORMED', 'The file is not JSON of the strict form.', { cause: thrown, details: { reason: thrown.code, ...thrown.details } })
  }
  if (root.kind !== 'object' || memberText(root, 'resourceType') !== 'Bundle') throw invalid([{ path: 'Bundle', code: 'structure', message: 'The file is not a FHIR Bundle.' }])
  const type = memberText(root, 'type')
  if (type !== 'transaction' && type !== 'collection' && type !== 'document') throw invalid([{ path: 'Bundle.type', code: 'value', message: 'Only transaction, collection and document bundles are imported.' }])
  return root
}

function invalid(problems: readonly { readonly path: string; readonly code: string; readonly message: string }[]): Problem {
  return new Problem('FHIR_INVALID', 'The bundle cannot be imported as it is. Mend the places listed.', { details: { problems: problems.slice(0, 200), more: Math.max(0, problems.length - 200) } })
}

/** Identifiers of a Patient resource that a patient can be known by. */
export function identifiersOf(patient: JsonObjectNode): readonly PatientIdentifier[] {
  const list = patient.members.get('identifier')
  return (list?.kind === 'array' ? list.items : []).flatMap((item) => {
    const value = item.kind === 'object' ? memberText(item, 'value') : undefined
    const system = item.kind === 'object' ? memberText(item, 'system') : undefined
    if (value === undefined || value.length === 0 || value.length > 128 || (system?.length ?? 0) > 256) return []
    return [system === undefined ? { value } : { system, value }]
  })
}

/** Undated ones first; equal ones as they stood. */
export function byDate(a: BundleResource, b: BundleResource): number {
  const [first, second] = [instantMs(a.date), instantMs(b.date)]
  return first === second ? a.index - b.index : first - second
}

/** Undated: before everything. A year or month counts from its beginning. */
function instantMs(date: string | undefined): number {
  const time = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time
}
