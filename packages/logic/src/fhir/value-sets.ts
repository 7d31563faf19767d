import type { CodeSystem, CodeSystemConcept, Resource, ValueSet } from '@medplum/fhirtypes'

/** Which codes belong to a value set, as far as the R4 definitions themselves say so. */
export interface ValueSets {
  /**
   * `undefined`: the definitions do not list the set's codes (media types, currencies, UCUM units), so nothing can be said.
   * `system` absent: the code alone is looked for, as FHIR does for elements of type `code`.
   */
  includes(url: string, code: string, system?: string | undefined): boolean | undefined
}

/** Codes of one set: `code` alone, and `system|code`. */
interface Expansion {
  readonly codes: ReadonlySet<string>
  readonly systemCodes: ReadonlySet<string>
}

export function createValueSets(resources: readonly Resource[]): ValueSets {
  const sets = new Map<string, ValueSet>()
  const systems = new Map<string, CodeSystem>()
  for (const resource of resources) {
    if (resource.resourceType === 'ValueSet' && resource.url !== undefined) sets.set(resource.url, resource)
    if (resource.resourceType === 'CodeSystem' && resource.url !== undefined) systems.set(resource.url, resource)
  }
  const expansions = new Map<string, Expansion | undefined>()
  return {
    includes(url, code, system) {
      const name = url.split('|')[0] as string
      if (!expansions.has(name)) expansions.set(name, expand(sets.get(name), systems))
      const expansion = expansions.get(name)
      if (expansion === undefined) return undefined
      return system === undefined ? expansion.codes.has(code) : expansion.systemCodes.has(`${system}|${code}`)
    },
  }
}

/** `undefined` where a part of the set is a filter, another set, or a system whose codes are not all here. */
function expand(set: ValueSet | undefined, systems: ReadonlyMap<string, CodeSystem>): Expansion | undefined {
  const include = set?.compose?.include
  if (set === undefined || include === undefined || set.compose?.exclude !== undefined) return undefined
  const codes = new Set<string>()
  const systemCodes = new Set<string>()
  for (const part of include) {
    if (part.filter !== undefined || part.valueSet !== undefined || part.system === undefined) return undefined
    const listed = part.concept?.map((concept) => concept.code) ?? codesOf(systems.get(part.system))
    if (listed === undefined) return undefined
    for (const code of listed) {
      if (code === undefined) continue
      codes.add(code)
      systemCodes.add(`${part.system}|${code}`)
    }
  }
  return { codes, systemCodes }
}

function codesOf(system: CodeSystem | undefined): readonly (string | undefined)[] | undefined {
  if (system?.content !== 'complete') return undefined
  const found: (string | undefined)[] = []
  const visit = (concepts: readonly CodeSystemConcept[] | undefined): void => {
    for (const concept of concepts ?? []) {
      found.push(concept.code)
      visit(concept.concept)
    }
  }
  visit(system.concept)
  return found
}
