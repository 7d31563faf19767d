import type { Permit } from '../decisions/authorize.ts'
import { loadDefinitions } from '../fhir/definitions.ts'
import { parseSearch, type Filter } from '../fhir/search/parse-search.ts'
import { loadSearchParameters } from '../fhir/search/search-parameters.ts'
import { matching } from '../hospital/rest/filter-tests.ts'
import type { Asked } from '../hospital/rest/patient-links.ts'
import { PatientRecords } from '../hospital/rest/patient-records.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'

/** Searches of one type, any of which a resource of that type must meet. */
export type TypeFilters = ReadonlyMap<string, readonly (readonly Filter[])[]>

/** `_typeFilter` of Bulk Data: searches on a type each, `Observation?category=laboratory`. Errors: INPUT_MALFORMED for one that is none. */
export async function readTypeFilters(texts: readonly string[], now: Date): Promise<TypeFilters> {
  const filters = new Map<string, (readonly Filter[])[]>()
  if (texts.length === 0) return filters
  await loadDefinitions()
  const parameters = await loadSearchParameters()
  for (const text of texts) {
    const [, type, query] = /^([A-Z][A-Za-z]{1,63})\?(.+)$/s.exec(text) ?? []
    const parsed = type === undefined || query === undefined ? undefined : parseSearch(parameters, type, [...new URLSearchParams(query)], { strict: true, now: now.getTime() })
    if (type === undefined || parsed === undefined || !('search' in parsed) || parsed.search.filters.length === 0) throw new LogicError('INPUT_MALFORMED', 'A _typeFilter is a search on a type, such as Observation?category=laboratory.', { details: { path: '_typeFilter' } })
    filters.set(type, [...(filters.get(type) ?? []), parsed.search.filters])
  }
  return filters
}

/** Entries of the records that the filters of their type take; types without filters are not looked at. */
export async function takenByFilters(parts: Parts, permit: Permit, filters: TypeFilters, asked: Asked): Promise<ReadonlySet<string>> {
  const taken = new Set<string>()
  if (filters.size === 0) return taken
  const records = new PatientRecords(parts, permit, asked)
  for (const [type, searches] of filters) {
    const current = await records.current(type)
    for (const search of searches) for (const { id } of await matching(current, search, records, parts.now().getTime())) taken.add(id)
  }
  return taken
}
