import { fromUtf8, nodeValue, readJson, utf8, type JsonNode, type JsonObjectNode } from '@careledger/proof'
import type { InternalTypeSchema } from '@medplum/core'
import { applyPatch, type Operation } from 'rfc6902'
import { elementsAt, memberOf, type ElementPlace } from './element-places.ts'

/** What keeps a patch from being made: the place of its operation. */
export interface PatchMisfit {
  readonly operation: number
  readonly message: string
}

interface Step {
  readonly type: string
  readonly path: string
  readonly name?: string | undefined
  readonly value?: JsonObjectNode | undefined
  readonly index?: number | undefined
  readonly source?: number | undefined
  readonly destination?: number | undefined
}

/**
 * A FHIRPath Patch (R4 fhirpatch) as the JSON Patch that does the same to a resource; values keep their text, so 1.10 stays 1.10. `parameters`: a
 * Parameters resource. `undefined`: it is no FHIRPath Patch.
 */
export function toJsonPatch(resource: string, parameters: string): string | PatchMisfit | undefined {
  const bytes = utf8(parameters)
  const steps = readSteps(readJson(bytes))
  if (steps === undefined) return undefined
  const value: unknown = JSON.parse(resource)
  const made: string[] = []
  for (const [operation, step] of steps.entries()) {
    const operations = toOperations(value, step, (node) => fromUtf8(bytes.subarray(node.start, node.end)))
    if (typeof operations === 'string') return { operation, message: operations }
    if (applyPatch(value, JSON.parse(`[${operations.join(',')}]`) as Operation[]).some((error) => error !== null)) return { operation, message: 'It does not fit the resource as it is.' }
    made.push(...operations)
  }
  return `[${made.join(',')}]`
}

function readSteps(root: JsonNode): readonly Step[] | undefined {
  const parameter = root.kind === 'object' && textIn(root, 'resourceType') === 'Parameters' ? root.members.get('parameter') : undefined
  if (parameter?.kind !== 'array') return undefined
  const steps = parameter.items.map((item): Step | undefined => {
    const list = item.kind === 'object' && textIn(item, 'name') === 'operation' ? item.members.get('part') : undefined
    if (list?.kind !== 'array') return undefined
    const parts = new Map(list.items.flatMap((part) => (part.kind === 'object' ? [[textIn(part, 'name') ?? '', part] as const] : [])))
    const text = (name: string): string | undefined => ['valueCode', 'valueString'].map((member) => textIn(parts.get(name), member)).find((found) => found !== undefined)
    const number = (name: string): number | undefined => {
      const node = parts.get(name)?.members.get('valueInteger')
      return node?.kind === 'number' ? Number(nodeValue(node)) : undefined
    }
    const [type, path] = [text('type'), text('path')]
    return type === undefined || path === undefined ? undefined : { type, path, name: text('name'), value: parts.get('value'), index: number('index'), source: number('source'), destination: number('destination') }
  })
  return steps.every((step) => step !== undefined) ? steps : undefined
}

type TextOf = (node: JsonNode) => string

/** JSON Patch operations as text, or why there are none. */
function toOperations(resource: unknown, step: Step, textOf: TextOf): readonly string[] | string {
  const places = elementsAt(resource, step.path)
  if (places === undefined) return 'This form of path is not followed here.'
  const [place, second] = places
  switch (step.type) {
    case 'add': return place === undefined || second !== undefined ? oneElement : added(place, step, textOf)
    case 'insert': return inserted(places, step, textOf)
    case 'delete': return place === undefined ? [] : second !== undefined ? oneElement : [removal(place)]
    case 'replace': return place === undefined || second !== undefined ? oneElement : replaced(place, step, textOf)
    case 'move': return moved(places, step)
    default: return 'The types of operations are add, insert, delete, replace and move.'
  }
}

const oneElement = 'The path leads to one element.'
const operation = (op: string, pointer: string, value?: string): string => `{"op":"${op}","path":${JSON.stringify(pointer)}${value === undefined ? '' : `,"value":${value}`}}`

function added({ pointer, value, schema }: ElementPlace, { name = '', value: given }: Step, textOf: TextOf): readonly string[] | string {
  const member = memberOf(schema, name)
  const made = given === undefined || member === undefined ? undefined : toValue(given, member.schemaOf(), textOf)
  if (member === undefined || made === undefined) return 'There is no such element to add, or no value.'
  const key = member.choice ? name + made.suffix : name
  if (member.isList && Object.hasOwn(value as object, key)) return [operation('add', `${pointer}/${key}/-`, made.text)]
  return [operation('add', `${pointer}/${key}`, member.isList ? `[${made.text}]` : made.text)]
}

/** A list that is left empty goes with its last element. */
const removal = ({ pointer, list }: ElementPlace): string => operation('remove', list?.length === 1 ? list.pointer : pointer)

function inserted(places: readonly ElementPlace[], { index, value }: Step, textOf: TextOf): readonly string[] | string {
  const list = places[0]?.list
  const made = value === undefined ? undefined : toValue(value, places[0]?.schema, textOf)
  if (list === undefined || made === undefined || index === undefined || index < 0 || index > list.length) return 'The path leads to a list, and the index is within it.'
  return [operation('add', `${list.pointer}/${index}`, made.text)]
}

function replaced(place: ElementPlace, { path, value }: Step, textOf: TextOf): readonly string[] | string {
  const made = value === undefined ? undefined : toValue(value, place.schema, textOf)
  if (made === undefined || place.pointer === '') return 'There is no value, or nothing to put it in the place of.'
  const key = place.pointer.slice(place.pointer.lastIndexOf('/') + 1)
  const [, name] = /([A-Za-z]\w*)(?:\.(?:ofType|as)\(\w+\))?$/.exec(path) ?? []
  // A choice that becomes another type stands under another name.
  if (name !== undefined && place.list === undefined && key !== name && key.startsWith(name) && key !== name + made.suffix) return [operation('remove', place.pointer), operation('add', place.pointer.slice(0, -key.length) + name + made.suffix, made.text)]
  return [operation('replace', place.pointer, made.text)]
}

function moved(places: readonly ElementPlace[], { source, destination }: Step): readonly string[] | string {
  const list = places[0]?.list
  if (list === undefined || source === undefined || destination === undefined || ![source, destination].every((index) => index >= 0 && index < list.length)) return 'The path leads to a list that has both places.'
  return [`{"op":"move","from":${JSON.stringify(`${list.pointer}/${source}`)},"path":${JSON.stringify(`${list.pointer}/${destination}`)}}`]
}

/** The text of a value, and the type that it says: `valueX`, or an element without a type of its own by its parts. */
function toValue(part: JsonObjectNode, schema: InternalTypeSchema | undefined, textOf: TextOf): { readonly text: string; readonly suffix: string } | undefined {
  for (const [name, node] of part.members) if (/^value[A-Z]/.test(name)) return { text: textOf(node), suffix: name.slice(5) }
  const parts = part.members.get('part')
  if (parts?.kind !== 'array') return undefined
  const members = new Map<string, string[]>()
  const lists = new Set<string>()
  for (const each of parts.items) {
    const name = textIn(each, 'name') ?? ''
    const member = memberOf(schema, name)
    const value = each.kind === 'object' && member !== undefined ? toValue(each, member.schemaOf(), textOf) : undefined
    if (member === undefined || value === undefined) return undefined
    const key = member.choice ? name + value.suffix : name
    members.set(key, [...(members.get(key) ?? []), value.text])
    if (member.isList) lists.add(key)
  }
  return { text: `{${[...members].map(([key, texts]) => `${JSON.stringify(key)}:${lists.has(key) ? `[${texts.join(',')}]` : texts[0] ?? 'null'}`).join(',')}}`, suffix: '' }
}

function textIn(node: JsonNode | undefined, name: string): string | undefined {
  const member = node?.kind === 'object' ? node.members.get(name) : undefined
  return member?.kind === 'string' ? member.value : undefined
}
