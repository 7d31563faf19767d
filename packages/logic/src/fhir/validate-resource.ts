import { isResourceType, validateResource as validateStructure, type InternalSchemaElement } from '@medplum/core'
import type { OperationOutcomeIssue, Resource } from '@medplum/fhirtypes'
import type { Definitions } from './definitions.ts'
import type { FhirProblem } from './fhir-problem.ts'
import { unlessKnownValid } from './known-valid.ts'
import { isPlainlyValid } from './plainly-valid.ts'
import { walkResource, type WalkedValue } from './walk-resource.ts'

/** A reference as it stands in a resource, with the types that its element allows; `undefined`: any. */
export interface FoundReference {
  readonly path: string
  readonly reference: string
  readonly targets: readonly string[] | undefined
}

export interface ResourceCheck {
  readonly problems: readonly FhirProblem[]
  /** Every literal reference, contained resources included. Where there are problems the list may be incomplete. */
  readonly references: readonly FoundReference[]
}

/** Resource types that carry other resources or a call's parameters: they are no records themselves. */
const NOT_RECORDS: ReadonlySet<string> = new Set(['Bundle', 'Parameters'])
const definitionUrl = 'http://hl7.org/fhir/StructureDefinition/'

/**
 * Checks one resource against the R4 definitions: structure, cardinality, formats, invariants, and every `required` binding whose codes
 * the definitions list. Not checked: `extensible` and weaker bindings, media types, currencies, UCUM units, profiles beyond base R4.
 *
 * @param value the parsed JSON of the resource
 * @param path what stands before every path in the problems, for example `Bundle.entry[3].resource`; default the resource type
 * @param bytes the text that `value` was parsed from; bytes whose structure was right before are not looked at twice
 */
export function validateResource(definitions: Definitions, value: unknown, path?: string, bytes?: Uint8Array): ResourceCheck {
  const type = resourceTypeOf(value)
  if (type === undefined || !isResourceType(type) || NOT_RECORDS.has(type)) {
    const message = type === undefined ? 'A resource names its `resourceType`.' : NOT_RECORDS.has(type) ? 'A resource of this type is no record.' : 'FHIR R4 has no resource of this type.'
    return { problems: [{ path: `${path ?? 'Resource'}.resourceType`, code: 'resource-type', message }], references: [] }
  }
  const resource = value as Resource
  const place = (inner: string): string => (path === undefined ? inner : inner === type ? path : inner.startsWith(`${type}.`) ? path + inner.slice(type.length) : `${path}.${inner}`)
  const structural = unlessKnownValid(bytes, () => structureProblems(resource, place))
  if (structural.length > 0) return { problems: structural, references: [] }
  return checkValues(definitions, resource, path ?? type)
}

/** The `resourceType` of parsed JSON; `undefined` where there is none. */
export function resourceTypeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const type = (value as { resourceType?: unknown }).resourceType
  return typeof type === 'string' ? type : undefined
}

/** As long as nested base64 data may be: a bundle's own limit. */
const base64BinaryMaxBytes = 32 * 1024 * 1024

function structureProblems(resource: Resource, place: (inner: string) => string): FhirProblem[] {
  if (isPlainlyValid(resource)) return []
  try {
    validateStructure(resource, { base64BinaryMaxBytes })
    return []
  } catch (error) {
    const issues = (error as { outcome?: { issue?: readonly OperationOutcomeIssue[] } }).outcome?.issue
    // A form so strange that the validator itself stumbles is not valid either.
    if (issues === undefined) return [{ path: place(resource.resourceType), code: 'structure', message: 'The resource does not have the form of its type.' }]
    return issues.filter((issue) => issue.severity === 'error' || issue.severity === 'fatal').map((issue) => toProblem(issue, resource, place))
  }
}

function toProblem(issue: OperationOutcomeIssue, resource: Resource, place: (inner: string) => string): FhirProblem {
  return {
    path: place(issue.expression?.[0] ?? resource.resourceType),
    code: issue.code === 'invariant' || issue.code === 'processing' ? 'invariant' : 'structure',
    message: issue.details?.text ?? 'The element does not follow its definition.',
  }
}

function checkValues(definitions: Definitions, resource: Resource, path: string): ResourceCheck {
  const problems: FhirProblem[] = []
  const references: FoundReference[] = []
  walkResource(resource, path, (element) => requiredSet(element) !== undefined || element.type.some((type) => type.code === 'Reference'), (found) => {
    const set = requiredSet(found.element)
    if (set !== undefined && !withinSet(definitions, set, found)) problems.push({ path: found.path, code: 'code', message: `The code is not in the value set ${set.split('|')[0]}.` })
    if (found.type === 'Reference') noteReference(references, found)
  })
  return { problems, references }
}

const requiredSet = (element: InternalSchemaElement): string | undefined => (element.binding?.strength === 'required' ? element.binding.valueSet : undefined)

function withinSet(definitions: Definitions, url: string, value: WalkedValue): boolean {
  const { valueSets } = definitions
  switch (value.type) {
    case 'CodeableConcept': {
      const codings = (value.value as { coding?: readonly { system?: string; code?: string }[] }).coding ?? []
      const answers = codings.map((coding) => (coding.code === undefined ? false : valueSets.includes(url, coding.code, coding.system)))
      // Without any coding there is nothing to compare, but a set whose codes are unknown refuses nobody.
      return answers.length === 0 ? valueSets.includes(url, '') === undefined : answers.some((answer) => answer !== false)
    }
    case 'Coding':
    case 'Quantity': {
      const coding = value.value as { system?: string; code?: string }
      return coding.code === undefined || valueSets.includes(url, coding.code, coding.system) !== false
    }
    default: {
      return typeof value.value !== 'string' || valueSets.includes(url, value.value) !== false
    }
  }
}

function noteReference(references: FoundReference[], { value, element, path }: WalkedValue): void {
  const reference = (value as { reference?: unknown }).reference
  if (typeof reference !== 'string') return
  const profiles = element.type.find((type) => type.code === 'Reference')?.targetProfile
  const targets = profiles?.map((profile) => (profile.startsWith(definitionUrl) ? profile.slice(definitionUrl.length) : undefined))
  const open = targets === undefined || targets.length === 0 || targets.some((target) => target === undefined || target === 'Resource')
  references.push({ path: `${path}.reference`, reference, targets: open ? undefined : (targets as readonly string[]) })
}
