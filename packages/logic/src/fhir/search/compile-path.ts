import { tryGetDataType, type InternalTypeSchema } from '@medplum/core'
import { asObject, type Json } from '../read-values.ts'

/** A value with its FHIR type, for example `Quantity`. */
export interface TypedValue {
  readonly type: string
  readonly value: unknown
}

interface Place extends TypedValue {
  readonly schema: InternalTypeSchema | undefined
}

type Step = (places: readonly Place[]) => readonly Place[]

/** Gives what an expression leads to in a resource, or in a part of one. */
export type Extract = (root: Json) => readonly TypedValue[]

/**
 * Compiles the FHIRPath of a search parameter for one resource type. R4's parameters use members, unions, `as` and `ofType`, and two forms of
 * `where`; nothing else is understood here, and an expression of another form throws a TypeError, so that no parameter is half right.
 *
 * @param type a resource type, or the type of the part that the expression starts in (`relative`)
 */
export function compilePath(type: string, expression: string, options: { readonly relative?: boolean } = {}): Extract {
  const schema = tryGetDataType(type)
  const branches = split(ungrouped(expression)).flatMap((branch) => {
    const [root, ...rest] = stepsOf(branch)
    if (options.relative === true) return [compileSteps(root === undefined ? [] : [root, ...rest])]
    return root === type || root === 'Resource' || root === 'DomainResource' ? [compileSteps(rest)] : []
  })
  return (root) => {
    const start: readonly Place[] = [{ type, value: root, schema }]
    if (branches.length === 1) return (branches[0] as Step)(start)
    return branches.flatMap((branch) => branch(start))
  }
}

/** Whether the expression says of this type nothing but one plain member, for example `Observation.code`. */
export function isPlainMember(type: string, expression: string, member: string): boolean {
  return split(ungrouped(expression)).filter((branch) => branch.startsWith(`${type}.`)).join() === `${type}.${member}`
}

/** Removes parentheses that only group, and writes `as X` as a step. */
function ungrouped(expression: string): string {
  let text = ''
  const open: boolean[] = []
  for (const letter of expression.replaceAll(/ as (\w+)/g, '.ofType($1)')) {
    if (letter === '(') open.push(/\w$/.test(text))
    const call = open.at(-1) !== false
    if (letter === ')') open.pop()
    if (call || (letter !== '(' && letter !== ')')) text += letter
  }
  return text
}

const split = (expression: string): readonly string[] => expression.split('|').map((branch) => branch.trim()).filter((branch) => branch !== '')

/** `Type`, `member`, `ofType(X)`, `where(...)`. */
function stepsOf(branch: string): readonly string[] {
  return branch.match(/\w+(\([^()]*(\([^()]*\))?[^()]*\))?/g) ?? []
}

function compileSteps(steps: readonly string[]): Step {
  const compiled = steps.map(compileStep)
  return (places) => compiled.reduce<readonly Place[]>((at, step) => (at.length === 0 ? at : step(at)), places)
}

function compileStep(step: string): Step {
  if (/^\w+$/.test(step)) return (places) => places.flatMap((place) => membersAt(place, step))
  const [, wanted] = /^(?:ofType|as)\((\w+)\)$/.exec(step) ?? []
  if (wanted !== undefined) {
    const type = /^(DateTime|Date|String|Boolean|Integer)$/.test(wanted) ? wanted.charAt(0).toLowerCase() + wanted.slice(1) : wanted
    return (places) => places.filter((place) => place.type === type)
  }
  const [, target] = /^where\(resolve\(\) is (\w+)\)$/.exec(step) ?? []
  if (target !== undefined) return (places) => places.filter(({ value }) => mayLeadTo(value, target))
  const [, member, text] = /^where\((\w+)\s*=\s*'([^']*)'\)$/.exec(step) ?? []
  if (member === undefined) throw new TypeError(`No search parameter of R4 has a step like ${step}.`)
  return (places) => places.filter(({ value }) => asObject(value)?.[member] === text)
}

/** Whether a reference may lead to this type: one that does not say its type may. */
function mayLeadTo(value: unknown, target: string): boolean {
  const reference = asObject(value)
  const text = reference?.['reference']
  const named = reference?.['type'] ?? (typeof text === 'string' ? /(?:^|\/)([A-Z][A-Za-z]+)[/?][^/]+(?:\/_history\/[^/]+)?$/.exec(text)?.[1] : undefined)
  return named === undefined || named === target
}

function membersAt({ value, schema }: Place, name: string): readonly Place[] {
  const object = asObject(value)
  if (object === undefined) return []
  const found: Place[] = []
  for (const member of membersOf(schema, name)) {
    const inner = object[member.key]
    if (Array.isArray(inner)) for (const each of inner) found.push({ type: member.type, value: each, schema: member.schema })
    else if (inner !== undefined && inner !== null) found.push({ type: member.type, value: inner, schema: member.schema })
  }
  return found
}

interface Member {
  readonly key: string
  readonly type: string
  readonly schema: InternalTypeSchema | undefined
}

/** JSON members behind the name of an element, by type: definitions do not change while a process runs. */
const known = new WeakMap<InternalTypeSchema, Map<string, readonly Member[]>>()

function membersOf(schema: InternalTypeSchema | undefined, name: string): readonly Member[] {
  if (schema === undefined) return []
  let members = known.get(schema)
  if (members === undefined) known.set(schema, (members = new Map()))
  let found = members.get(name)
  if (found === undefined) members.set(name, (found = findMembers(schema, name)))
  return found
}

function findMembers(schema: InternalTypeSchema, name: string): readonly Member[] {
  const schemaOf = (type: string): InternalTypeSchema | undefined => schema.innerTypes.find((inner) => inner.name === type) ?? tryGetDataType(type)
  const plain = schema.elements[name]
  if (plain !== undefined) return plain.type.slice(0, 1).map(({ code }) => ({ key: name, type: code, schema: schemaOf(code) }))
  return (schema.elements[`${name}[x]`]?.type ?? []).map(({ code }) => ({ key: name + code.charAt(0).toUpperCase() + code.slice(1), type: code, schema: schemaOf(code) }))
}
