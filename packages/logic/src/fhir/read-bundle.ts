import { nodeValue, readJson, type JsonNode, type JsonObjectNode } from '@careledger/proof'
import type { Patient } from '@medplum/fhirtypes'
import type { Definitions } from './definitions.ts'
import type { FhirProblem } from './fhir-problem.ts'
import { entryProblems, envelopeProblems, isDocument } from './bundle-envelope.ts'
import { createLines } from './lines.ts'
import { patientFacts, type PatientFacts } from './patient-facts.ts'
import { referenceProblem } from './references.ts'
import { createReferenceTargets } from './reference-targets.ts'
import { createSlices } from './slices.ts'
import { resourceTypeOf, validateResource, type FoundReference } from './validate-resource.ts'

/** One bundle: at most 32 MiB, 4,096 resources, 64 levels of nesting, two million JSON members and items. */
export const BUNDLE_LIMITS = { bytesMax: 32 * 1024 * 1024, resourcesMax: 4096, depthMax: 64, membersMax: 2_000_000, problemsMax: 200 } as const

export interface BundleReading {
  /** Nothing is wrong; only then may it be imported. */
  readonly ok: boolean
  /** The first 200, each with its line. */
  readonly problems: readonly FhirProblem[]
  /** How many more there are. */
  readonly more: number
  /** Resources by type. */
  readonly counts: Readonly<Record<string, number>>
  readonly total: number
  readonly resources: readonly BundleResource[]
  /** What the bundle's one Patient says; `undefined` unless it is there and valid. */
  readonly patient?: PatientFacts | undefined
}

export interface BundleResource {
  /** `Bundle.entry[i].resource`. */
  readonly path: string
  readonly type: string
  readonly id?: string | undefined
  readonly fullUrl?: string | undefined
  readonly value: unknown
  /** The exact bytes of the resource in the bundle: `start` inclusive, `end` exclusive. */
  readonly start: number
  readonly end: number
}

/**
 * Reads and checks a FHIR R4 transaction, collection or document Bundle as a whole. It never throws for what the bytes hold: everything wrong is a
 * problem with its place. Gives the event loop back every few resources. Errors: the signal's reason.
 */
export async function readBundle(definitions: Definitions, bytes: Uint8Array, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<BundleReading> {
  const problems: FhirProblem[] = []
  if (bytes.length > BUNDLE_LIMITS.bytesMax) return refused([{ path: 'Bundle', code: 'too-large', message: 'A bundle has at most 32 MiB. Split it.' }])
  const text = parse(bytes)
  if ('problem' in text) return refused([text.problem])
  const { root } = text
  problems.push(...envelopeProblems(root))
  const items = entriesOf(root)
  if (items.length > BUNDLE_LIMITS.resourcesMax) return refused([...problems, { path: 'Bundle.entry', code: 'too-large', message: 'A bundle has at most 4,096 resources. Split it.' }])
  const resources = items.flatMap((item, index) => {
    problems.push(...entryProblems(item, index, root))
    return toResource(item, index)
  })
  const checked = await checkResources(definitions, bytes, resources, { signal: options.signal, document: isDocument(root) })
  problems.push(...checked)
  const patients = resources.filter((resource) => resource.type === 'Patient')
  if (isBundle(root) && patients.length !== 1) problems.push({ path: 'Bundle.entry', code: 'patient', message: `A bundle to import is about one Patient; this one holds ${patients.length}.` })
  const lines = createLines(bytes, root)
  const listed = problems.slice(0, BUNDLE_LIMITS.problemsMax).map((problem) => ({ ...problem, line: lines.ofPath(problem.path) }))
  const [patient] = patients
  return {
    ok: problems.length === 0,
    problems: listed,
    more: problems.length - listed.length,
    counts: countTypes(resources),
    total: resources.length,
    resources,
    ...(problems.length === 0 && patient !== undefined ? { patient: patientFacts(patient.value as Patient) } : {}),
  }
}

function refused(problems: readonly FhirProblem[]): BundleReading {
  return { ok: false, problems, more: 0, counts: {}, total: 0, resources: [] }
}

function parse(bytes: Uint8Array): { readonly root: JsonNode } | { readonly problem: FhirProblem } {
  try {
    return { root: readJson(bytes, { depthMax: BUNDLE_LIMITS.depthMax, membersMax: BUNDLE_LIMITS.membersMax }) }
  } catch (error) {
    const { code, message, details } = error as { code?: string; message: string; details?: { offset?: number; path?: string } }
    if (code === undefined || details === undefined) throw error
    const path = details.path === undefined || details.path === '' ? 'Bundle' : details.path.startsWith('[') ? `Bundle${details.path}` : `Bundle.${details.path}`
    return { problem: { path, code: code === 'TOO_LARGE' ? 'too-large' : 'json', message, line: createLines(bytes, undefined).ofOffset(details.offset ?? 0) } }
  }
}

function entriesOf(root: JsonNode): readonly JsonNode[] {
  const entry = root.kind === 'object' ? root.members.get('entry') : undefined
  return entry?.kind === 'array' ? entry.items : []
}

function isBundle(root: JsonNode): boolean {
  return root.kind === 'object' && textMember(root, 'resourceType') === 'Bundle'
}

function toResource(item: JsonNode, index: number): BundleResource[] {
  if (item.kind !== 'object') return []
  const node = item.members.get('resource')
  if (node?.kind !== 'object') return []
  const value = nodeValue(node)
  const { id } = value as { id?: unknown }
  const fullUrl = textMember(item, 'fullUrl')
  return [{
    path: `Bundle.entry[${index}].resource`,
    type: resourceTypeOf(value) ?? '',
    ...(typeof id === 'string' ? { id } : {}),
    ...(fullUrl === undefined ? {} : { fullUrl }),
    value,
    start: node.start,
    end: node.end,
  }]
}

function textMember(node: JsonObjectNode, name: string): string | undefined {
  const member = node.members.get(name)
  return member?.kind === 'string' ? member.value : undefined
}

async function checkResources(definitions: Definitions, bytes: Uint8Array, resources: readonly BundleResource[], { signal, document }: { readonly signal: AbortSignal | undefined; readonly document: boolean }): Promise<FhirProblem[]> {
  const { targets, problems } = createReferenceTargets(resources)
  const slice = createSlices()
  for (const resource of resources) {
    await slice()
    signal?.throwIfAborted()
    const check = validateResource(definitions, resource.value, resource.path, bytes.subarray(resource.start, resource.end))
    problems.push(...check.problems)
    const contained = containedIds(resource.value)
    for (const found of check.references as readonly FoundReference[]) {
      const problem = referenceProblem(found, targets, contained)
      // A document is a choice out of a record: only what its Composition names must stand in it (FHIR R4, 3.3.1).
      const leftOut = document && problem?.code === 'reference-unresolved' && resource.type !== 'Composition'
      if (problem !== undefined && !leftOut) problems.push(problem)
    }
    problems.push(...containedPatients(resource))
  }
  return problems
}

const containedOf = (value: unknown): readonly { readonly id?: unknown; readonly resourceType?: unknown }[] => {
  const { contained } = value as { contained?: unknown }
  return Array.isArray(contained) ? contained.filter((each) => typeof each === 'object' && each !== null) : []
}

export function containedIds(value: unknown): ReadonlySet<string> {
  return new Set(containedOf(value).map((each) => each.id).filter((id) => typeof id === 'string'))
}

/** A Patient hidden inside another resource could be anybody. */
export function containedPatients(resource: { readonly path: string; readonly value: unknown }): FhirProblem[] {
  const message = 'A Patient stands in its own entry, not inside another resource.'
  return containedOf(resource.value).flatMap((each, index) => (each.resourceType === 'Patient' ? [{ path: `${resource.path}.contained[${index}]`, code: 'patient' as const, message }] : []))
}

function countTypes(resources: readonly BundleResource[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { type } of resources) {
    if (/^[A-Z][A-Za-z]{1,63}$/.test(type)) counts[type] = (counts[type] ?? 0) + 1
  }
  return counts
}
