import type { WordKey } from '../i18n/translate.ts'
import { apart, otherMembers, wordsOfMember } from './other-facts.ts'
import { plainFacts, type Names, type PlainFact } from './plain-words.ts'
import { sameNode, type Resource } from './resource.ts'

/** What one version of a record says of something and the other says otherwise, or not at all. */
export interface Change {
  /** A word of ours, or the name that the standard has for it. */
  readonly label: WordKey | { readonly standard: string }
  /** `undefined`: not said. */
  readonly before: PlainFact['value'] | undefined
  readonly after: PlainFact['value'] | undefined
  readonly date?: boolean | undefined
}

export interface Changes {
  readonly changes: readonly Change[]
  /** FHIR names of what differs and has no words: identifiers, metadata, the narrative. */
  readonly silent: readonly string[]
}

/**
 * Compares two versions of a record by what they say, in the order in which a record is read; then by every other member. Nothing that differs
 * is left out: what has no words is named.
 */
export function changesBetween(before: Resource, after: Resource, names: Names = () => undefined): Changes {
  const [was, is] = [plainFacts(before, names), plainFacts(after, names)]
  const of = (facts: readonly PlainFact[], label: WordKey): PlainFact | undefined => facts.find((fact) => fact.label === label)
  const labels = inOrder(is.map(({ label }) => label), was.map(({ label }) => label))
  const told = labels.flatMap((label): readonly Change[] => {
    const [old, now] = [of(was, label), of(is, label)]
    return old?.value === now?.value ? [] : [{ label, before: old?.value, after: now?.value, date: (old ?? now)?.date }]
  })
  const members = [...new Set([...otherMembers(after, names), ...otherMembers(before, names)])]
  const others = members.flatMap((member): readonly (Change & { readonly member: string })[] => {
    const [old, now] = [wordsOfMember(before, member, names), wordsOfMember(after, member, names)]
    return old === now ? [] : [{ member, label: { standard: apart(member) }, before: old, after: now }]
  })
  const spoken = new Set(others.map(({ member }) => member))
  const silent = differing(before, after).filter((member) => !spoken.has(member) && !speaksOf(member, told, before, after, names))
  return { changes: [...told, ...others.map(({ member: _member, ...change }) => change)], silent }
}

/** The first list, with what only the second has behind what stands before it there. */
function inOrder(first: readonly WordKey[], second: readonly WordKey[]): readonly WordKey[] {
  const all = [...first]
  second.forEach((label, place) => {
    if (!all.includes(label)) all.splice(place === 0 ? 0 : all.indexOf(second[place - 1] as WordKey) + 1, 0, label)
  })
  return all
}

/** Members that are not the same in both. */
function differing(before: Resource, after: Resource): readonly string[] {
  if (before.kind !== 'object' || after.kind !== 'object') return []
  const [old, now] = [before.members, after.members]
  return [...new Set([...now.keys(), ...old.keys()])].filter((member) => !sameNode(old.get(member), now.get(member)))
}

/** Whether one of the changes in words is this member's: with the old member in its place the new version says less of what changed. */
function speaksOf(member: string, told: readonly Change[], before: Resource, after: Resource, names: Names): boolean {
  if (told.length === 0 || before.kind !== 'object' || after.kind !== 'object') return false
  const members = new Map(after.members)
  const old = before.members.get(member)
  if (old === undefined) members.delete(member)
  else members.set(member, old)
  const facts = plainFacts({ ...after, members }, names)
  return told.some(({ label, after: value }) => facts.find((fact) => fact.label === label)?.value !== value)
}
