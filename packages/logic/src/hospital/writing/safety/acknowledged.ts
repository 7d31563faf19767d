import { asList, asObject, asText, codingsIn, conceptText, type Json } from '../../../fhir/read-values.ts'

/** A warning that the author of a resource has answered, in the resource itself: its code, what it is about, and why all the same. */
export interface Acknowledgement {
  /** v3-ActCode. */
  readonly act: string
  /** As `SafetyIssue.key`. */
  readonly key: string
}

/**
 * The acknowledgements that a resource holds: contained `DetectedIssue`s whose `evidence` names what they are about and whose `mitigation` says
 * why in words. One without a reason is none. Source: FHIR R4 DetectedIssue; docs/writing.md.
 */
export function acknowledgementsIn(value: unknown): readonly Acknowledgement[] {
  return asList(asObject(value)?.['contained']).map(asObject).flatMap((issue) => {
    if (issue?.['resourceType'] !== 'DetectedIssue' || !asList(issue['mitigation']).some((one) => conceptText(asObject(one)?.['action']) !== undefined)) return []
    const keys = asList(issue['evidence']).map(asObject).flatMap((evidence) => (evidence === undefined ? [] : [...keysOfRecords(evidence), ...asList(evidence['code']).flatMap(codingsIn).map(({ code }) => code)]))
    return codingsIn(issue['code']).flatMap(({ code: act }) => keys.map((key) => ({ act, key })))
  })
}

function keysOfRecords(evidence: Json): readonly string[] {
  return asList(evidence['detail']).map(asObject).flatMap((detail) => [asText(asObject(detail?.['identifier'])?.['value']), asText(detail?.['reference'])].filter((key) => key !== undefined))
}
