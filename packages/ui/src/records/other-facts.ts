import { at, concept, items, quantity, text, type Resource } from './resource.ts'
import type { Names } from './plain-words.ts'

/** A member of a resource that the plain facts do not speak of: its FHIR name, written apart, and its words. */
export interface OtherFact {
  readonly name: string
  readonly value: string
}

/** What the plain facts say already, what the panel shows elsewhere, and what is for machines. */
const told: ReadonlySet<string> = new Set([
  'resourceType', 'id', 'meta', 'implicitRules', 'language', 'text', 'contained', 'subject', 'patient', 'beneficiary', 'code', 'medicationCodeableConcept', 'medicationReference', 'vaccineCode', 'title', 'description', 'component', 'referenceRange',
  'interpretation', 'result', 'conclusion', 'dosageInstruction', 'dosage', 'birthDate', 'gender', 'effectiveDateTime', 'effectivePeriod', 'onsetDateTime', 'performedPeriod', 'performedDateTime', 'authoredOn', 'occurrenceDateTime', 'period', 'started',
  'abatementDateTime', 'clinicalStatus', 'lifecycleStatus', 'status', 'verificationStatus', 'severity', 'criticality', 'category', 'class', 'reasonCode', 'reasonReference', 'performer', 'requester', 'participant', 'provider', 'author', 'recorder', 'location',
  'serviceProvider', 'managingOrganization', 'address', 'telecom', 'note', 'name', 'reaction', 'target', 'activity', 'route', 'bodySite', 'site', 'lotNumber', 'outcome', 'achievementStatus', 'goal', 'addresses', 'payor', 'insurer', 'insurance', 'diagnosis', 'total', 'encounter',
])
const factsMax = 60
const wordsMax = 400

/** Whatever else a resource of any type says, so that nothing of it is hidden; at most 60 members, each of at most 400 characters. */
export function otherFacts(resource: Resource, names: Names): readonly OtherFact[] {
  if (resource.kind !== 'object') return []
  const found = [...resource.members].filter(([name]) => !told.has(name) && !name.startsWith('value') && !name.startsWith('_')).flatMap(([name, node]): readonly OtherFact[] => {
    const words = wordsOf(node, names, 0)
    return words === undefined ? [] : [{ name: apart(name), value: words.length > wordsMax ? `${words.slice(0, wordsMax)}…` : words }]
  })
  return found.slice(0, factsMax)
}

/** A value of any FHIR type in words; objects that are none of the common types by their members. */
function wordsOf(node: Resource | undefined, names: Names, depth: number): string | undefined {
  if (node === undefined || depth > 4) return undefined
  if (node.kind === 'array') return joined(items(node).map((each) => wordsOf(each, names, depth + 1)), '; ')
  if (node.kind !== 'object') return text(node)
  const reference = text(at(node, 'reference'))
  const known = quantity(node) ?? text(at(node, 'display')) ?? (reference === undefined ? undefined : names(reference)) ?? concept(node) ?? periodOf(node)
  if (known !== undefined) return known
  if (reference !== undefined) return reference.startsWith('#') ? undefined : reference
  return joined([...node.members].map(([name, each]) => {
    if (name === 'extension' || name === 'id' || name === 'url' || name === 'system') return undefined
    const words = wordsOf(each, names, depth + 1)
    return words === undefined ? undefined : `${apart(name)}: ${words}`
  }), ', ')
}

function periodOf(node: Resource): string | undefined {
  const [start, end] = [text(at(node, 'start')), text(at(node, 'end'))]
  return start === undefined && end === undefined ? undefined : `${start ?? '…'} – ${end ?? '…'}`
}

function joined(words: readonly (string | undefined)[], between: string): string | undefined {
  const said = words.filter((one) => one !== undefined)
  return said.length === 0 ? undefined : said.join(between)
}

/** "billablePeriod" as people read it. */
const apart = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
