import type { FhirProblem } from './fhir-problem.ts'
import type { FoundReference } from './validate-resource.ts'

/** What references of one import can lead to. */
export interface ReferenceTargets {
  /** Type of the resource at this fullUrl, or at `Type/id`; `undefined`: there is none. */
  typeAt(reference: string): string | undefined
  /** Whether this is the one patient that the import is about. */
  isPatient(reference: string): boolean
}

const relative = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/
const absolute = /^https?:\/\/\S+$/
const conditional = /^([A-Z][A-Za-z]{1,63})\?\S+$/

/**
 * A reference is good when it leads to a resource of the same import of a type its element allows, to a resource contained in its own, or
 * to somewhere outside by an absolute URL or a search. What it never may is name another patient.
 *
 * @param containedIds ids of the resources contained in the one that refers
 */
export function referenceProblem(found: FoundReference, targets: ReferenceTargets, containedIds: ReadonlySet<string>): FhirProblem | undefined {
  const { path, reference } = found
  if (reference.startsWith('#')) return reference === '#' || containedIds.has(reference.slice(1)) ? undefined : unresolved(path, 'No contained resource has this id.')
  const type = targets.typeAt(withoutVersion(reference))
  if (type !== undefined) return resolvedProblem(found, type, targets)
  if (reference.startsWith('urn:')) return unresolved(path, 'No entry of the bundle has this fullUrl.')
  const named = relative.exec(reference)?.[1] ?? conditional.exec(reference)?.[1] ?? (absolute.test(reference) ? typeOfUrl(reference) : undefined)
  if (named === 'Patient') return foreign(path)
  if (relative.test(reference)) return unresolved(path, 'The bundle holds no resource of this type and id.')
  if (conditional.test(reference) || absolute.test(reference)) return typeProblem(found, named)
  return unresolved(path, 'This is no reference that FHIR knows.')
}

function resolvedProblem(found: FoundReference, type: string, targets: ReferenceTargets): FhirProblem | undefined {
  if (type === 'Patient' && !targets.isPatient(withoutVersion(found.reference))) return foreign(found.path)
  return typeProblem(found, type)
}

function typeProblem(found: FoundReference, type: string | undefined): FhirProblem | undefined {
  if (type === undefined || found.targets === undefined || found.targets.includes(type)) return undefined
  return { path: found.path, code: 'reference-type', message: `The reference leads to a ${type}; allowed here: ${found.targets.join(', ')}.` }
}

const withoutVersion = (reference: string): string => reference.replace(/\/_history\/[A-Za-z0-9.-]{1,64}$/, '')
const typeOfUrl = (url: string): string | undefined => /\/([A-Z][A-Za-z]{1,63})\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(url)?.[1]
const unresolved = (path: string, message: string): FhirProblem => ({ path, code: 'reference-unresolved', message })
const foreign = (path: string): FhirProblem => ({ path, code: 'reference-foreign', message: 'The reference names another patient than the one this is about.' })
