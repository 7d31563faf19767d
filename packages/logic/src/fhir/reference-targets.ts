import type { FhirProblem } from './fhir-problem.ts'
import type { ReferenceTargets } from './references.ts'

interface Referable {
  readonly path: string
  readonly type: string
  readonly id?: string | undefined
  readonly fullUrl?: string | undefined
}

/** Every name by which resources of one import can be referred to, and a problem for each name that two of them have. */
export function createReferenceTargets(resources: readonly Referable[]): { readonly targets: ReferenceTargets; readonly problems: FhirProblem[] } {
  const byName = new Map<string, Referable>()
  const problems: FhirProblem[] = []
  const name = (text: string, resource: Referable, message: string): void => {
    const other = byName.get(text)
    if (other === undefined) byName.set(text, resource)
    else if (other !== resource) problems.push({ path: resource.path, code: 'duplicate', message })
  }
  for (const resource of resources) {
    if (resource.fullUrl !== undefined) name(resource.fullUrl, resource, 'Two entries have the same fullUrl.')
    if (resource.id !== undefined) name(`${resource.type}/${resource.id}`, resource, 'Two resources have the same type and id.')
    const tail = resource.fullUrl === undefined ? undefined : /\/([A-Z][A-Za-z]{1,63}\/[A-Za-z0-9.-]{1,64})$/.exec(resource.fullUrl)?.[1]
    if (tail !== undefined && !byName.has(tail)) byName.set(tail, resource)
  }
  const patient = resources.find((resource) => resource.type === 'Patient')
  return {
    problems,
    targets: {
      typeAt: (reference) => byName.get(reference)?.type,
      isPatient: (reference) => patient !== undefined && byName.get(reference) === patient,
    },
  }
}
