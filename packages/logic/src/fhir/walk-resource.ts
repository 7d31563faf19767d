import { tryGetDataType, type InternalSchemaElement, type InternalTypeSchema } from '@medplum/core'
import { asObject, type Json } from './read-values.ts'

/** One value in a resource: where it stands, and what the definitions say of its element. */
export interface WalkedValue {
  readonly path: string
  /** FHIR type of the value; for a choice element the one chosen. */
  readonly type: string
  readonly value: unknown
  readonly element: InternalSchemaElement
}

/** What one JSON member of a type is: its element, and the type of its values. */
interface Member {
  readonly element: InternalSchemaElement
  readonly type: string
}

/** Members by type, made at first use: definitions do not change while a process runs. */
const plans = new WeakMap<InternalTypeSchema, ReadonlyMap<string, Member>>()

/**
 * Visits every value of elements that `wanted` asks for, in a resource whose structure has been validated. Goes by the members that are
 * there, not by all that could be.
 */
export function walkResource(value: unknown, path: string, wanted: (element: InternalSchemaElement) => boolean, visit: (found: WalkedValue) => void): void {
  const object = asObject(value)
  const schema = typeof object?.['resourceType'] === 'string' ? tryGetDataType(object['resourceType']) : undefined
  if (object !== undefined && schema !== undefined) walkObject(object, schema, path, wanted, visit)
}

function walkObject(object: Json, schema: InternalTypeSchema, path: string, wanted: (element: InternalSchemaElement) => boolean, visit: (found: WalkedValue) => void): void {
  const plan = planOf(schema)
  for (const name in object) {
    const member = plan.get(name)
    if (member === undefined) continue
    const { element, type } = member
    const value = object[name]
    const asked = wanted(element)
    const one = (each: unknown, place: string): void => {
      if (each === undefined || each === null) return
      if (asked) visit({ path: place, type, value: each, element })
      if (typeof each === 'object') walkInto(each as Json, type, schema, place, wanted, visit)
    }
    if (Array.isArray(value)) value.forEach((each, index) => one(each, `${path}.${name}[${index}]`))
    else one(value, `${path}.${name}`)
  }
}

function walkInto(object: Json, type: string, parent: InternalTypeSchema, path: string, wanted: (element: InternalSchemaElement) => boolean, visit: (found: WalkedValue) => void): void {
  if (type === 'Resource') return walkResource(object, path, wanted, visit)
  const schema = parent.innerTypes.find((inner) => inner.name === type) ?? tryGetDataType(type)
  if (schema !== undefined) walkObject(object, schema, path, wanted, visit)
}

function planOf(schema: InternalTypeSchema): ReadonlyMap<string, Member> {
  const known = plans.get(schema)
  if (known !== undefined) return known
  const plan = new Map<string, Member>()
  for (const [name, element] of Object.entries(schema.elements)) {
    if (!name.endsWith('[x]')) plan.set(name, { element, type: element.type[0]?.code ?? '' })
    else for (const { code } of element.type) plan.set(name.slice(0, -3) + code.charAt(0).toUpperCase() + code.slice(1), { element, type: code })
  }
  plans.set(schema, plan)
  return plan
}
