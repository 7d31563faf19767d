import type { JsonObjectNode } from '@careledger/proof'

/**
 * Where FHIR R4 resources say when something was so: paths of one or two members, in order of preference. The same for every type, since no
 * type gives two of them different meanings.
 */
const PATHS: readonly (readonly [string] | readonly [string, string])[] = [
  ['effectiveDateTime'], ['effectivePeriod', 'start'], ['effectiveInstant'],
  ['performedDateTime'], ['performedPeriod', 'start'],
  ['occurrenceDateTime'], ['occurrencePeriod', 'start'],
  ['onsetDateTime'], ['onsetPeriod', 'start'], ['recordedDate'],
  ['authoredOn'], ['period', 'start'], ['billablePeriod', 'start'],
  ['startDate'], ['started'], ['date'], ['created'], ['issued'],
]

/** The clinical date of a resource as it is written; `undefined` where it has none (Patient, Organization, Practitioner). */
export function clinicalDateOf(resource: JsonObjectNode): string | undefined {
  for (const [name, inner] of PATHS) {
    const member = resource.members.get(name)
    const text = inner === undefined ? (member?.kind === 'string' ? member.value : undefined) : member?.kind === 'object' ? memberText(member, inner) : undefined
    if (text !== undefined && /^\d{4}/.test(text)) return text
  }
  return undefined
}

/** A member's text; `undefined` where it is absent or no text. */
export function memberText(node: JsonObjectNode, name: string): string | undefined {
  const member = node.members.get(name)
  return member?.kind === 'string' ? member.value : undefined
}
