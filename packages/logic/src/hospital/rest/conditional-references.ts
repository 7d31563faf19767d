import { parseSearch } from '../../fhir/search/parse-search.ts'
import { loadSearchParameters } from '../../fhir/search/search-parameters.ts'
import { matching } from './filter-tests.ts'
import type { AddressedRecord, OpenedRecord, PatientRecords } from './patient-records.ts'

/** As long as somebody holds the payload: a resource that lies open is looked through once. */
const known = new WeakMap<Uint8Array, readonly string[]>()
const none: readonly string[] = []

/** Conditional references of a resource (R4 http, "Conditional References"), but for those to a Patient: they were held against whose record it is. */
export function conditionsOf({ bytes, text }: Pick<OpenedRecord, 'bytes' | 'text'>): readonly string[] {
  let found = known.get(bytes)
  if (found === undefined) {
    const texts = text.includes('?') ? [...text.matchAll(/"reference"\s*:\s*"([A-Z][A-Za-z]{1,63}\?[^"\\]+)"/g)].map(([, condition]) => condition as string).filter((condition) => !condition.startsWith('Patient?')) : none
    known.set(bytes, (found = texts.length === 0 ? none : [...new Set(texts)]))
  }
  return found
}

/**
 * Where a conditional reference leads: to the one resource that met the condition when the version was written that refers to it. What the permit
 * does not reach is not there. Where none of that time does, the one that meets it now; `undefined`: none or several.
 */
export async function leadsByCondition(condition: string, by: AddressedRecord, records: PatientRecords, now: number): Promise<AddressedRecord | undefined> {
  const at = condition.indexOf('?')
  const type = condition.slice(0, at)
  const versions = await records.versions(type)
  if (versions.length === 0) return undefined
  const parsed = parseSearch(await loadSearchParameters(), type, [...new URLSearchParams(condition.slice(at + 1))], { strict: true, now })
  if (!('search' in parsed) || parsed.search.filters.length === 0) return undefined
  const { filters } = parsed.search
  const find = async (candidates: readonly AddressedRecord[]): Promise<readonly AddressedRecord[]> => matching(candidates, filters, records, now, 2, false)
  const then = await find(holdingAt(versions, by.id))
  const found = then.length === 0 ? await find(await records.current(type)) : then
  return found.length === 1 ? found[0] : undefined
}

/** The versions that held when an entry was written: ids of entries are in the order of time. */
function holdingAt(versions: readonly AddressedRecord[], entry: string): readonly AddressedRecord[] {
  const seen = new Set<string>()
  return versions.filter(({ id, row, address }) => id <= entry && (row.replacedBy === undefined || row.replacedBy > entry) && !seen.has(address.id) && seen.add(address.id) !== undefined)
}
