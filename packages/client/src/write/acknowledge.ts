import { type Exact, type ExactObject } from './exact-json.ts'
import { listAt, textAt } from './read-draft.ts'
import { authorReference, coding, concept, LOINC, now, type WriteContext } from './write-context.ts'

/** A warning as `hospital.writing.check` names it. */
export interface Warning {
  readonly path: string
  readonly code: string
  readonly severity: 'refused' | 'warning'
  readonly message: string
  readonly key: string
  readonly act?: string | undefined
  readonly acknowledged: boolean
  readonly about?: string | undefined
  readonly value?: string | undefined
  readonly unit?: string | undefined
}

/** A warning that the author answers: which, in which resource of the write, and why the record stands all the same. */
export interface Acknowledgement {
  /** Place of the resource in the write. */
  readonly index: number
  readonly act: string
  readonly key: string
  /** What it is about, in words. */
  readonly about: string
  readonly reason: string
}

/** The answer to a warning; `undefined` where it cannot be answered. */
export function acknowledgementOf({ path, act, key, about, value, unit, message }: Warning, reason: string): Acknowledgement | undefined {
  const index = Number(/^resources\[(\d+)\]/.exec(path)?.[1] ?? Number.NaN)
  if (act === undefined || Number.isNaN(index) || reason.trim() === '') return undefined
  return { index, act, key, about: about ?? (value === undefined ? message : `${value} ${unit ?? ''}`.trim()), reason: reason.trim() }
}

/**
 * A resource with the warnings that its author has answered, so that the signature covers the reason: contained `DetectedIssue`s with
 * `evidence` (what it is about) and `mitigation` (why all the same). Source: FHIR R4 DetectedIssue; docs/writing.md.
 */
export function withAcknowledgements(resource: ExactObject, given: readonly Omit<Acknowledgement, 'index'>[], context: Pick<WriteContext, 'at' | 'author'>): ExactObject {
  if (given.length === 0) return resource
  const { resourceType, id, contained: _contained, ...rest } = resource
  const kept = listAt(resource, 'contained')
  const taken = new Set(kept.map((one) => textAt(one, 'id')))
  const ids: string[] = []
  for (let number = 1; ids.length < given.length; number++) if (!taken.has(`issue-${number}`)) ids.push(`issue-${number}`)
  const isPrescription = resourceType === 'MedicationRequest'
  const issues = given.map((one, place) => detectedIssue(one, ids[place] as string, isPrescription, context))
  const named = ids.map((issue): Exact => ({ reference: `#${issue}` }))
  return { resourceType, id, contained: [...kept, ...issues], ...rest, ...(isPrescription ? { detectedIssue: [...listAt(resource, 'detectedIssue'), ...named] } : {}) }
}

/** Where the resource has no element that leads to its issues, they lead to it: one of both is asked for (dom-3). */
function detectedIssue({ act, key, about, reason }: Omit<Acknowledgement, 'index'>, id: string, isNamed: boolean, context: Pick<WriteContext, 'at' | 'author'>): Exact {
  return {
    resourceType: 'DetectedIssue', id, status: 'final', code: concept('http://terminology.hl7.org/CodeSystem/v3-ActCode', act), severity: act === 'ALGY' ? 'high' : 'moderate',
    identifiedDateTime: now(context), ...(isNamed ? {} : { implicated: [{ reference: '#' }] }), evidence: [evidenceOf(key)], detail: about,
    mitigation: [{ action: { text: reason }, date: now(context), author: authorReference(context) }],
  }
}

function evidenceOf(key: string): Exact {
  if (key.startsWith('urn:')) return { detail: [{ identifier: { system: 'urn:ietf:rfc:3986', value: key } }] }
  return key.includes('/') ? { detail: [{ reference: key }] } : { code: [{ coding: [coding(LOINC, key)] }] }
}
