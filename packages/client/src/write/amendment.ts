import { readJson } from '@careledger/proof'
import { exactOf, type ExactObject } from './exact-json.ts'
import { isObject, textAt } from './read-draft.ts'
import { authorReference, coding, newId, now, type WriteContext } from './write-context.ts'

/** Why a record is amended or withdrawn, as data. `corrects`: the former version was wrong, not only short. */
export const AMENDMENT_REASONS = [
  { code: 'wrong-value', display: 'Wrong value', corrects: true }, { code: 'wrong-patient', display: 'Wrong patient', corrects: true },
  { code: 'incomplete', display: 'Something was missing', corrects: false }, { code: 'changed', display: 'It has changed since', corrects: false },
  { code: 'duplicate', display: 'Written twice', corrects: true }, { code: 'other', display: 'Other', corrects: false },
] as const
export type AmendmentReason = (typeof AMENDMENT_REASONS)[number]['code']

/** Codes of `AMENDMENT_REASONS` in `Provenance.reason` (docs/writing.md). */
export const REASON_SYSTEM = 'urn:careledger:amendment-reason'

export interface Reason {
  readonly code: AmendmentReason
  /** In the author's words; may be empty unless the code is `other`. */
  readonly text: string
}

/** The version that is amended: its entry and its exact bytes. */
export interface FormerVersion {
  readonly entry: string
  readonly bytes: Uint8Array
}

export function isCorrection(reason: Pick<Reason, 'code'>): boolean {
  return AMENDMENT_REASONS.find(({ code }) => code === reason.code)?.corrects === true
}

/**
 * The next version: what the form decides on is taken from `built`, everything else stays as it was, digits included. It keeps the record's id and
 * says that it is amended where R4 has a word for it. Errors: `TypeError` where the former version is no resource.
 */
export function amendedResource(former: FormerVersion, built: ExactObject, owns: readonly string[], reason: Reason): ExactObject {
  const before = formerResource(former)
  const kept = Object.fromEntries(Object.entries(before).filter(([name]) => !owns.includes(name)))
  const taken = Object.fromEntries(Object.entries(built).filter(([name]) => owns.includes(name)))
  return withStatus({ ...kept, ...taken }, isCorrection(reason) ? 'corrected' : 'amended')
}

/** The record as withdrawn: every byte of meaning stays, but its status says that it was a mistake. Errors: as `amendedResource`. */
export function withdrawnResource(former: FormerVersion): ExactObject {
  return withStatus(formerResource(former), 'entered-in-error')
}

/** Types whose mistake stands in `verificationStatus`, with its code system; they have no clinical status then (con-5, ait-2). */
const verified: Readonly<Record<string, string>> = { Condition: 'condition-ver-status', AllergyIntolerance: 'allergyintolerance-verification' }

function withStatus(resource: ExactObject, status: 'amended' | 'corrected' | 'entered-in-error'): ExactObject {
  const type = textAt(resource, 'resourceType') ?? ''
  const error = status === 'entered-in-error'
  if (type in verified) {
    if (!error) return resource
    const { clinicalStatus: _gone, ...rest } = resource
    return { ...rest, verificationStatus: { coding: [coding(`http://terminology.hl7.org/CodeSystem/${verified[type] ?? ''}`, status)] } }
  }
  if (type === 'DocumentReference') return { ...resource, status: error ? status : 'current', docStatus: error ? status : 'amended' }
  if (type === 'Observation' || type === 'DiagnosticReport') return { ...resource, status }
  return error ? { ...resource, status } : resource
}

/**
 * What says why: a Provenance of the new version (entry `next`) that derives from the former one. Source: FHIR R4 Provenance;
 * activity by v3-DataOperation (UPDATE, NULLIFY).
 */
export function amendmentProvenance(resource: ExactObject, former: FormerVersion, next: string, reason: Reason, context: WriteContext): ExactObject {
  const withdrawn = [textAt(resource, 'status'), textAt(resource, 'docStatus'), textAt(resource, 'verificationStatus', 'coding', 0, 'code')].includes('entered-in-error')
  const words = AMENDMENT_REASONS.find(({ code }) => code === reason.code)?.display ?? reason.code
  const operation = withdrawn ? coding('http://terminology.hl7.org/CodeSystem/v3-DataOperation', 'NULLIFY', 'nullify') : coding('http://terminology.hl7.org/CodeSystem/v3-DataOperation', 'UPDATE', 'revise')
  return {
    resourceType: 'Provenance', id: newId(context), target: [versionReference(resource, next)], recorded: now(context),
    activity: { coding: [operation], text: withdrawn ? 'Withdrawn:' : 'Amended:' },
    reason: [{ coding: [coding(REASON_SYSTEM, reason.code, words)], text: reason.text.trim() === '' ? words : reason.text.trim() }],
    agent: [{ type: { coding: [coding('http://terminology.hl7.org/CodeSystem/provenance-participant-type', 'author', 'Author')] }, who: authorReference(context) }],
    entity: [{ role: 'revision', what: versionReference(resource, former.entry) }],
  }
}

/** One version of a record: by type and id where the resource has one, by its entry in any case. */
function versionReference(resource: ExactObject, entry: string): ExactObject {
  const [type, id] = [textAt(resource, 'resourceType') ?? '', textAt(resource, 'id')]
  return { ...(id === undefined ? {} : { reference: `${type}/${id}/_history/${entry}` }), type, identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${entry}` } }
}

/** Errors: `TypeError` where the bytes are no JSON object. */
export function formerResource({ bytes }: Pick<FormerVersion, 'bytes'>): ExactObject {
  const resource = exactOf(readJson(bytes))
  if (!isObject(resource)) throw new TypeError('This is no resource.')
  return resource
}
