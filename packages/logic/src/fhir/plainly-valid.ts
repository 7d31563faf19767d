import { tryGetDataType, type InternalSchemaElement, type InternalTypeSchema } from '@medplum/core'
import { asObject, type Json } from './read-values.ts'
import { holdsPlainly } from './plain-invariants.ts'
import { PLAIN_VALUES } from './plain-values.ts'

/**
 * Whether a resource is valid beyond doubt, by validators made of the R4 definitions once for each type. `true` is final: the reference
 * validator accepts it too. `false` says nothing but that the reference validator has to look (a rare form, an invariant that is not
 * simple, contained resources, extensions of primitive values, or a real problem, which only it words).
 */
export function isPlainlyValid(value: unknown): boolean {
  const resource = asObject(value)
  const type = resource?.['resourceType']
  const schema = typeof type === 'string' ? tryGetDataType(type) : undefined
  if (resource === undefined || schema === undefined) return false
  const plan = planOf(schema)
  return holdAll(plan.invariants, resource) && isPlainObject(plan, resource, true)
}

interface Member {
  readonly many: boolean
  readonly max: number
  /** Invariants that its values must follow. */
  readonly invariants: readonly string[]
  readonly check: (value: unknown) => boolean
}

interface Plan {
  readonly members: ReadonlyMap<string, Member>
  /** Of each required element the names that it may have: one must be there. */
  readonly required: readonly (readonly string[])[]
  readonly invariants: readonly string[]
}

function isPlainObject(plan: Plan, object: Json, root = false): boolean {
  let names = 0
  for (const name in object) {
    if (root && name === 'resourceType') continue
    const member = plan.members.get(name)
    if (member === undefined || !isPlainMember(member, object[name])) return false
    names++
  }
  return (root || names > 0) && plan.required.every((alternatives) => alternatives.some((name) => object[name] !== undefined))
}

function isPlainMember({ many, max, invariants, check }: Member, value: unknown): boolean {
  if (!many) return check(value) && holdAll(invariants, value)
  if (!Array.isArray(value) || value.length === 0 || value.length > max) return false
  for (const each of value) if (!check(each) || !holdAll(invariants, each)) return false
  return true
}

function holdAll(invariants: readonly string[], value: unknown): boolean {
  for (const expression of invariants) if (!holdsPlainly(expression, value)) return false
  return true
}

/** Made at first use: definitions do not change while a process runs. */
const plans = new WeakMap<InternalTypeSchema, Plan>()

function planOf(schema: InternalTypeSchema): Plan {
  const known = plans.get(schema)
  if (known !== undefined) return known
  const members = new Map<string, Member>()
  const required: (readonly string[])[] = []
  for (const [name, element] of Object.entries(schema.elements)) {
    const names = element.type.map(({ code }) => (name.endsWith('[x]') ? name.slice(0, -3) + code.charAt(0).toUpperCase() + code.slice(1) : name))
    if (element.min > 0) required.push(names)
    element.type.forEach(({ code }, at) => members.set(names[at] as string, { many: element.isArray === true, max: element.max, invariants: invariantsOf(element), check: checkOf(element, code, schema) }))
  }
  const plan: Plan = { members, required, invariants: invariantsOf(schema) }
  plans.set(schema, plan)
  return plan
}

/** `ele-1` is what counting members does, `dom-3` and the like are left to others by the reference validator too. */
const UNASKED: ReadonlySet<string> = new Set(['ele-1', 'dom-3', 'org-1', 'sdf-19'])

function invariantsOf({ constraints }: Pick<InternalSchemaElement, 'constraints'>): readonly string[] {
  return (constraints ?? []).flatMap(({ key, severity, expression }) => (severity === 'error' && !UNASKED.has(key) ? [expression] : []))
}

function checkOf(element: InternalSchemaElement, type: string, parent: InternalTypeSchema): Member['check'] {
  // A list that need not be there but may not be shorter than some number, a fixed value or a slice is not plain.
  if (element.min > 1 || element.fixed !== undefined || element.pattern !== undefined || (element.slicing?.slices ?? []).length > 0) return never
  const plain = PLAIN_VALUES[type]
  if (plain !== undefined) return plain
  const schema = type === 'Resource' ? undefined : (parent.innerTypes.find((inner) => inner.name === type) ?? tryGetDataType(type))
  if (schema === undefined || schema.kind === 'primitive-type') return never
  let plan: Plan | undefined
  return (value) => {
    const object = asObject(value)
    return object !== undefined && isPlainObject((plan ??= planOf(schema)), object)
  }
}

const never = (): boolean => false
