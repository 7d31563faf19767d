import { plainFacts, type Names } from './plain-words.ts'
import { at, concept, items, quantity, text, type Resource } from './resource.ts'
import { withUnits } from './units.ts'

/** A member of a resource that the plain facts do not speak of: its FHIR name, written apart, and its words. */
export interface OtherFact {
  readonly name: string
  readonly value: string
}

/** For machines, or shown elsewhere: the patient is the page, the visit is among what belongs together. */
const elsewhere: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta', 'implicitRules', 'language', 'text', 'contained', 'subject', 'patient', 'beneficiary', 'encounter', 'status', 'content', 'presentedForm'])
const factsMax = 60
const wordsMax = 400

/**
 * Whatever else a resource of any type says, so that nothing of it is hidden because a screen does not know it: every member of which the
 * plain facts do not say every word. At most 60 members, each of at most 400 characters; the source has the rest.
 */
export function otherFacts(resource: Resource, names: Names): readonly OtherFact[] {
  const found = otherMembers(resource, names).flatMap((member): readonly OtherFact[] => {
    const value = wordsOfMember(resource, member, names)
    return value === undefined ? [] : [{ name: apart(member), value }]
  })
  return found.slice(0, factsMax)
}

/** FHIR names of the members that `otherFacts` speaks of. */
export function otherMembers(resource: Resource, names: Names): readonly string[] {
  if (resource.kind !== 'object') return []
  const said = new Set(plainFacts(resource, names).map(({ value }) => value))
  const whole = [...said].join(' | ')
  const type = resource.members.get('resourceType')
  const isTold = (name: string, node: Resource): boolean => {
    const alone = plainFacts({ ...resource, members: new Map([...(type === undefined ? [] : [['resourceType', type] as const]), [name, node] as const]) }, names)
    return alone.length > 0 && alone.every(({ value }) => said.has(value)) && leavesOf(node, names, 0).every((leaf) => whole.includes(withUnits(leaf)))
  }
  return [...resource.members].filter(([name, node]) => !elsewhere.has(name) && !name.startsWith('_') && !isTold(name, node)).map(([name]) => name)
}

/** What a member says, at most 400 characters of it; `undefined`: it is not there, or has no words. */
export function wordsOfMember(resource: Resource, member: string, names: Names): string | undefined {
  const words = resource.kind === 'object' ? wordsOf(resource.members.get(member), names, 0) : undefined
  return words !== undefined && words.length > wordsMax ? `${words.slice(0, wordsMax)}…` : words
}

/** The single words and numbers of a value, as the plain facts would say each of them. */
function leavesOf(node: Resource, names: Names, depth: number): readonly string[] {
  if (depth > 5) return []
  if (node.kind === 'array') return node.items.flatMap((each) => leavesOf(each, names, depth + 1))
  if (node.kind !== 'object') return [text(node)].filter((leaf) => leaf !== undefined)
  if (isReference(node)) return [wordsOf(node, names, 0)].filter((leaf) => leaf !== undefined)
  const plain = node.members.has('start') || node.members.has('end') ? undefined : plainValue(node)
  return plain === undefined ? [...node.members].flatMap(([name, each]) => (name === 'id' || name === 'system' || name === 'url' ? [] : leavesOf(each, names, depth + 1))) : [plain]
}

/** A value of any FHIR type in words; objects that are none of the common types by their members. */
function wordsOf(node: Resource | undefined, names: Names, depth: number): string | undefined {
  if (node === undefined || depth > 5) return undefined
  if (node.kind === 'array') return joined(items(node).map((each) => wordsOf(each, names, depth + 1)), '; ')
  if (node.kind !== 'object') return text(node)
  if (isReference(node)) {
    const reference = text(at(node, 'reference')) ?? ''
    const known = text(at(node, 'display')) ?? names(reference) ?? text(at(node, 'identifier', 'value')) ?? (reference.startsWith('#') ? undefined : reference)
    if (known !== undefined && known !== '') return known
  }
  return plainValue(node) ?? joined([...node.members].map(([name, each]) => memberWords(name, each, names, depth)), ', ')
}

/** FHIR R4 Reference, with an address or with none. */
function isReference(node: Resource): boolean {
  return node.kind === 'object' && (node.members.has('reference') || (node.members.has('type') && node.members.has('identifier') && [...node.members.keys()].every((name) => ['id', 'type', 'identifier', 'display'].includes(name))))
}

/** Quantity, money, concept, coding and period: what has no further member than they have. */
function plainValue(node: Resource): string | undefined {
  if (node.kind !== 'object') return undefined
  const only = (...allowed: readonly string[]): boolean => [...node.members.keys()].every((name) => allowed.includes(name))
  if (only('value', 'comparator', 'unit', 'system', 'code', 'currency')) return quantity(node) ?? concept(node)
  if (only('coding', 'text') || only('system', 'version', 'code', 'display', 'userSelected')) return concept(node)
  if (!only('start', 'end')) return undefined
  return `${text(at(node, 'start')) ?? '…'} – ${text(at(node, 'end')) ?? '…'}`
}

function memberWords(name: string, node: Resource, names: Names, depth: number): string | undefined {
  if (name === 'id' || name === 'system') return undefined
  const words = wordsOf(node, names, depth + 1)
  if (words === undefined) return undefined
  // An extension says what it is by the end of its address.
  return name === 'url' ? words.split('/').at(-1) : `${apart(name)}: ${words}`
}

function joined(words: readonly (string | undefined)[], between: string): string | undefined {
  const said = words.filter((one) => one !== undefined && one !== '')
  return said.length === 0 ? undefined : said.join(between)
}

/** "billablePeriod" as people read it. */
export const apart = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
