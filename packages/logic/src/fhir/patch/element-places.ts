import { tryGetDataType, type InternalTypeSchema } from '@medplum/core'
import { asObject } from '../read-values.ts'

/** An element of a resource, where it stands in its JSON. */
export interface ElementPlace {
  /** JSON Pointer (RFC 6901); empty: the resource. */
  readonly pointer: string
  readonly value: unknown
  readonly schema: InternalTypeSchema | undefined
  /** Inside a list: its pointer, place and length. */
  readonly list?: { readonly pointer: string; readonly index: number; readonly length: number } | undefined
}

/** How an element is written in JSON. */
export interface ElementMember {
  readonly name: string
  /** Of a choice the name goes on with its type. */
  readonly choice: boolean
  readonly isList: boolean
  readonly schemaOf: (type?: string) => InternalTypeSchema | undefined
}

/** `undefined`: the type has no such element. */
export function memberOf(schema: InternalTypeSchema | undefined, name: string): ElementMember | undefined {
  const element = schema?.elements[name] ?? schema?.elements[`${name}[x]`]
  if (schema === undefined || element === undefined) return undefined
  const types = element.type.map(({ code }) => code)
  const schemaOf = (type = types[0] ?? ''): InternalTypeSchema | undefined => schema.innerTypes.find((inner) => inner.name === type) ?? tryGetDataType(type)
  return { name, choice: schema.elements[name] === undefined, isList: element.isArray === true || element.max > 1, schemaOf }
}

const step = /\.?(?:([A-Za-z]\w*)(?:\(([^()]*)\))?|\[(\d+)\])/y

/**
 * The elements that a path leads to: members, `[n]`, `first()`, `last()`, `where(member = 'text' and ...)`, `extension('url')`, `ofType(X)`, which is what patches are written
 * with (FHIRPath Patch asks for no more than "simple" paths). `undefined`: another form of path.
 */
export function elementsAt(resource: unknown, path: string): readonly ElementPlace[] | undefined {
  const type = String(asObject(resource)?.['resourceType'] ?? '')
  let places: readonly ElementPlace[] = [{ pointer: '', value: resource, schema: tryGetDataType(type) }]
  let first = true
  for (step.lastIndex = 0; step.lastIndex < path.length;) {
    const [, name, argument, index] = step.exec(path) ?? []
    if (name === undefined && index === undefined) return undefined
    const next = index !== undefined ? places.slice(Number(index), Number(index) + 1) : argument !== undefined ? called(places, name as string, argument.trim()) : first && name === type ? places : places.flatMap((place) => membersAt(place, name as string))
    if (next === undefined) return undefined
    places = next
    first = false
  }
  return places
}

function called(places: readonly ElementPlace[], name: string, argument: string): readonly ElementPlace[] | undefined {
  if (name === 'first') return places.slice(0, 1)
  if (name === 'last') return places.slice(-1)
  if (name === 'ofType' || name === 'as') return places.filter(({ schema, pointer }) => schema?.name === argument || pointer.endsWith(argument.charAt(0).toUpperCase() + argument.slice(1)))
  const [, url] = /^'([^']*)'$/.exec(argument) ?? []
  if (name === 'extension' && url !== undefined) return places.flatMap((place) => membersAt(place, 'extension')).filter(({ value }) => asObject(value)?.['url'] === url)
  if (name !== 'where') return undefined
  const conditions = argument.split(/\s+and\s+/).map((each) => /^([A-Za-z]\w*)\s*=\s*'([^']*)'$/.exec(each.trim()))
  if (conditions.includes(null)) return undefined
  return places.filter(({ value }) => conditions.every((condition) => asObject(value)?.[condition?.[1] as string] === condition?.[2]))
}

function membersAt(place: ElementPlace, name: string): readonly ElementPlace[] {
  const object = asObject(place.value)
  const member = memberOf(place.schema, name)
  if (object === undefined || member === undefined) return []
  const keys = member.choice ? Object.keys(object).filter((key) => key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length))) : Object.hasOwn(object, name) ? [name] : []
  return keys.flatMap((key): readonly ElementPlace[] => {
    const [pointer, value] = [`${place.pointer}/${key}`, object[key]]
    const schema = member.choice ? (member.schemaOf(key.slice(name.length)) ?? member.schemaOf(key.charAt(name.length).toLowerCase() + key.slice(name.length + 1))) : member.schemaOf()
    return Array.isArray(value) ? value.map((each: unknown, index) => ({ pointer: `${pointer}/${index}`, value: each, schema, list: { pointer, index, length: value.length } })) : [{ pointer, value, schema }]
  })
}
