import { tryGetDataType } from '@medplum/core'
import { fromUtf8, type JsonNode, type JsonObjectNode } from '@careledger/proof'
import type { Summary } from './parse-search.ts'

/** Marks a resource of which not everything is shown (R4 search, "Summary"). */
const subsetted = '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}'

export interface Shortening {
  readonly summary: Summary
  readonly elements?: readonly string[] | undefined
  /** From the definitions. */
  readonly summaries: ReadonlyMap<string, ReadonlySet<string>>
}

/**
 * The text of a resource with only those members that a summary or a list of elements leaves; every member that stays is the author's text,
 * number for number. `undefined`: nothing is to be left out.
 */
export function shorten(bytes: Uint8Array, node: JsonObjectNode, type: string, asked: Shortening): string | undefined {
  const keep = keeper(type, asked)
  if (keep === undefined) return undefined
  const text = (inner: JsonNode): string => fromUtf8(bytes.subarray(inner.start, inner.end))
  const members: string[] = []
  let marked = false
  for (const [name, value] of node.members) {
    if (name === 'meta') {
      members.push(`"meta":${markedMeta(value, text)}`)
      marked = true
    } else if (keep(name)) members.push(`${JSON.stringify(name)}:${text(value)}`)
  }
  if (!marked) members.push(`"meta":{"tag":[${subsetted}]}`)
  return `{${members.join(',')}}`
}

function markedMeta(meta: JsonNode, text: (node: JsonNode) => string): string {
  if (meta.kind !== 'object') return text(meta)
  const tag = meta.members.get('tag')
  const tags = tag?.kind === 'array' ? [...tag.items.map(text), subsetted] : [subsetted]
  const others = [...meta.members].filter(([name]) => name !== 'tag').map(([name, value]) => `${JSON.stringify(name)}:${text(value)}`)
  return `{${[...others, `"tag":[${tags.join(',')}]`].join(',')}}`
}

function keeper(type: string, { summary, elements, summaries }: Shortening): ((member: string) => boolean) | undefined {
  const always = (member: string): boolean => member === 'resourceType' || member === 'id' || member === 'implicitRules' || member === 'language'
  if (elements !== undefined) return (member) => always(member) || isMandatory(type, member) || elements.some((element) => isMemberOf(type, element, member))
  if (summary === 'text') return (member) => always(member) || member === 'text' || isMandatory(type, member)
  if (summary === 'data') return (member) => member !== 'text'
  if (summary === 'true') return (member) => always(member) || isSummary(summaries.get(type), type, member)
  return undefined
}

/** A member, its extensions (`_member`), or one of the members of a choice. */
function elementOf(type: string, member: string) {
  const name = member.replace(/^_/, '')
  const schema = tryGetDataType(type)
  if (schema === undefined) return undefined
  if (schema.elements[name] !== undefined) return { name, element: schema.elements[name] }
  const choice = Object.entries(schema.elements).find(([path, { type: types }]) => path.endsWith('[x]') && types.some(({ code }) => path.slice(0, -3) + code.charAt(0).toUpperCase() + code.slice(1) === name))
  return choice === undefined ? undefined : { name: choice[0].slice(0, -3), element: choice[1] }
}

const isMemberOf = (type: string, element: string, member: string): boolean => member.replace(/^_/, '') === element || elementOf(type, member)?.name === element
const isMandatory = (type: string, member: string): boolean => (elementOf(type, member)?.element.min ?? 0) > 0

function isSummary(summary: ReadonlySet<string> | undefined, type: string, member: string): boolean {
  const name = elementOf(type, member)?.name
  return name !== undefined && summary?.has(name) === true
}
