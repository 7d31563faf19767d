import { loadDefinitions } from '../../fhir/definitions.ts'
import type { FhirProblem } from '../../fhir/fhir-problem.ts'
import { asList, asObject, asText, conceptCode, conceptText, type Json } from '../../fhir/read-values.ts'
import { containedIds } from '../../fhir/read-bundle.ts'
import { validateResource } from '../../fhir/validate-resource.ts'
import { resourceProblems, type CommitFrame, type CommitResource } from '../check-commit.ts'
import { ACTING_TYPES, WITHDRAWN, WRITING_RULES } from './writing-rules.ts'

/** One resource as its author would sign it. */
export interface WrittenResource extends CommitResource {
  /** Entry that carries it, where it is signed already. */
  readonly entry?: string | undefined
  /** Entry that it amends. */
  readonly replaces?: string | undefined
}

/** A record that an amendment replaces: its references may stay, wherever they lead. */
export interface FormerRecord {
  readonly references: ReadonlySet<string>
  /** Parties that it names as its authors. */
  readonly authors: ReadonlySet<string>
}

/** What a write is held against, read in the snapshot of its decision. */
export interface WritingFrame extends CommitFrame {
  /** Party of the caller. */
  readonly party: string
  readonly former: ReadonlyMap<string, FormerRecord>
  /** References (`Type/id`) out of the resources that lead to a record of this patient. */
  readonly resolved: ReadonlySet<string>
}

/** The system under which a reference's identifier names a party of the ledger. */
export const PARTY_SYSTEM = 'urn:careledger:party'

/**
 * Everything that is wrong with resources written in the chart: FHIR R4 as an import checks it, references to this patient's records only,
 * the status that goes with an amendment, the reason of each amendment, and authors who are not the caller.
 */
export async function writingProblems(resources: readonly WrittenResource[], frame: WritingFrame, signal?: AbortSignal): Promise<readonly FhirProblem[]> {
  const formal = await resourceProblems(resources, frame, frame.known?.identifiers ?? [], signal)
  if (formal.length > 0) return formal
  const links = await outwardReferences(resources)
  return [
    ...links.flatMap(({ path, reference, resource }) => (isKnown(reference, resource, frame) ? [] : [{ path, code: 'reference-unresolved' as const, message: 'This patient has no record of this type and id here.' }])),
    ...resources.flatMap((resource) => statusProblems(resource)),
    ...resources.flatMap((resource) => authorProblems(resource, frame)),
    ...reasonProblems(resources),
  ]
}

/** References of the form `Type/id` that lead neither to a patient nor into the write itself. */
export async function outwardReferences(resources: readonly WrittenResource[]): Promise<readonly { readonly path: string; readonly reference: string; readonly resource: WrittenResource }[]> {
  const definitions = await loadDefinitions()
  const own = new Set(resources.flatMap(({ type, id }) => (id === undefined ? [] : [`${type}/${id}`])))
  return resources.flatMap((resource) => {
    const contained = containedIds(resource.value)
    return validateResource(definitions, resource.value, resource.path, resource.bytes).references.flatMap(({ path, reference }) => {
      const plain = reference.replace(/\/_history\/[A-Za-z0-9.-]{1,64}$/, '')
      if (contained.has(plain.slice(1)) || own.has(plain) || plain.startsWith('Patient/') || !/^[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9.-]{1,64}$/.test(plain)) return []
      return [{ path, reference: plain, resource }]
    })
  })
}

function isKnown(reference: string, { replaces }: WrittenResource, { former, resolved }: WritingFrame): boolean {
  return resolved.has(reference) || (replaces !== undefined && former.get(replaces)?.references.has(reference) === true)
}

/** What the record says of itself, as its rule's element has it. */
export function statusOf(value: unknown, type: string): string | undefined {
  const element = WRITING_RULES[type]?.status?.element
  const found = element === undefined ? undefined : asObject(value)?.[element]
  return asText(found) ?? conceptCode(found)
}

/** Whether the record is withdrawn: its status says that it was entered in error. */
export function isWithdrawn(value: unknown, type: string): boolean {
  return statusOf(value, type) === WITHDRAWN || asText(asObject(value)?.['status']) === WITHDRAWN
}

function statusProblems({ path, type, value, replaces }: WrittenResource): readonly FhirProblem[] {
  const rule = WRITING_RULES[type]?.status
  if (rule === undefined) return []
  const status = statusOf(value, type)
  const place = `${path}.${rule.element}`
  if (replaces === undefined) {
    const early = isWithdrawn(value, type) || (status !== undefined && rule.amended.includes(status))
    return early ? [{ path: place, code: 'status', message: 'A first version is neither amended nor entered in error.' }] : []
  }
  if (isWithdrawn(value, type) || rule.amended.length === 0 || (status !== undefined && rule.amended.includes(status))) return []
  return [{ path: place, code: 'status', message: `An amended version says so: ${[...rule.amended, WITHDRAWN].join(', ')}.` }]
}

/** Parties of the ledger that a resource names as its authors, with the elements that name them. */
export function namedAuthors({ type, value }: Pick<WrittenResource, 'type' | 'value'>): readonly { readonly element: string; readonly party: string }[] {
  const resource = asObject(value) ?? {}
  const agents = type === 'Provenance' ? asList(resource['agent']).map((agent) => ({ element: 'agent', reference: asObject(agent)?.['who'] })) : []
  const named = (WRITING_RULES[type]?.author ?? []).flatMap((element) => asList(resource[element]).map((reference) => ({ element, reference })))
  return [...agents, ...named].flatMap(({ element, reference }) => {
    const identifier = asObject(asObject(reference)?.['identifier'])
    const party = identifier?.['system'] === PARTY_SYSTEM ? asText(identifier['value']) : undefined
    return party === undefined ? [] : [{ element, party }]
  })
}

const ended: ReadonlySet<string | undefined> = new Set(['stopped', 'cancelled', 'revoked', 'completed'])

/** Whether it is the end of a prescription or order, which still names who made it. */
export function isStop({ type, value, replaces }: Pick<WrittenResource, 'type' | 'value' | 'replaces'>): boolean {
  return replaces !== undefined && ACTING_TYPES.includes(type) && ended.has(asText(asObject(value)?.['status']))
}

/** A withdrawal and a stop keep the words of who wrote the record first; everything else names who signs it. */
function authorProblems(resource: WrittenResource, { party, former }: Pick<WritingFrame, 'party' | 'former'>): readonly FhirProblem[] {
  const { path, type, value, replaces } = resource
  if (isWithdrawn(value, type)) return []
  const before = isStop(resource) ? former.get(replaces ?? '')?.authors : undefined
  return namedAuthors(resource).flatMap(({ element, party: named }) => (named === party || before?.has(named) === true ? [] : [{ path: `${path}.${element}`, code: 'author' as const, message: 'The resource names another author than who signs it.' }]))
}

/** Each amendment comes with a Provenance of the same write that says why. */
function reasonProblems(resources: readonly WrittenResource[]): readonly FhirProblem[] {
  const reasons = resources.flatMap(({ type, value }) => (type === 'Provenance' && conceptText(asObject(value)?.['reason']) !== undefined ? asList(asObject(value)?.['target']).map((target) => asObject(target) ?? {}) : []))
  return resources.flatMap((resource) => {
    if (resource.replaces === undefined || resource.type === 'Provenance' || reasons.some((target) => isTarget(target, resource))) return []
    return [{ path: resource.path, code: 'reason' as const, message: 'An amendment comes with a Provenance that targets it and gives the reason.' }]
  })
}

function isTarget(target: Json, { type, id, entry }: WrittenResource): boolean {
  const reference = asText(target['reference'])?.replace(/\/_history\/.*$/, '')
  if (id !== undefined && reference === `${type}/${id}`) return true
  return entry !== undefined && asText(asObject(target['identifier'])?.['value']) === `urn:uuid:${entry}`
}
