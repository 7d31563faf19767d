import type { Include, Search } from '../../fhir/search/parse-search.ts'
import type { SearchParameter, SearchParameters } from '../../fhir/search/search-parameters.ts'
import { lead, leadsTo, referencesOf } from './filter-tests.ts'
import type { AddressedRecord } from './addressed-record.ts'
import type { PatientRecords } from './patient-records.ts'

/** Most that is added to one patient's matches, and most rounds of `:iterate`. */
const includedMax = 1000
const roundsMax = 3

/** What a search adds to its matches: records that they refer to, and records that refer to them, within the same permit. */
export async function included(parameters: SearchParameters, search: Pick<Search, 'includes' | 'revincludes'>, matches: readonly AddressedRecord[], records: PatientRecords, now: number): Promise<readonly AddressedRecord[]> {
  if (search.includes.length === 0 && search.revincludes.length === 0) return []
  const seen = new Set(matches.map(({ id }) => id))
  const added: AddressedRecord[] = []
  let from = matches
  for (let round = 0; round <= roundsMax && from.length > 0; round++) {
    const applies = ({ iterate }: Include): boolean => round === 0 || iterate
    const found = [
      ...(await Promise.all(search.includes.filter(applies).map((include) => referred(parameters, include, from, records, now)))),
      ...(await Promise.all(search.revincludes.filter(applies).map((include) => referring(parameters, include, from, records, now)))),
    ].flat().filter(({ id }) => !seen.has(id) && seen.add(id) !== undefined)
    added.push(...found.slice(0, includedMax - added.length))
    from = found
  }
  return added
}

function parametersOf(parameters: SearchParameters, { parameter }: Include, type: string): readonly SearchParameter[] {
  return parameter === undefined ? parameters.ofType(type).filter((each) => each.type === 'reference') : [parameter]
}

async function referred(parameters: SearchParameters, include: Include, from: readonly AddressedRecord[], records: PatientRecords, now: number): Promise<readonly AddressedRecord[]> {
  const sources = await records.open(from.filter(({ address }) => include.source === '*' || address.type === include.source))
  await lead(sources, records, now)
  const texts = new Map(sources.flatMap((source) => parametersOf(parameters, include, source.address.type).flatMap((parameter) => records.led(source, referencesOf(parameter, source.value)).map((text) => [`${parameter.url}\n${text}`, { parameter, text }] as const))))
  const found = await Promise.all([...texts.values()].map(({ parameter, text }) => records.resolve(text, parameter)))
  return found.filter((record) => record !== undefined && (include.target === undefined || record.address.type === include.target)) as readonly AddressedRecord[]
}

async function referring(parameters: SearchParameters, include: Include, to: readonly AddressedRecord[], records: PatientRecords, now: number): Promise<readonly AddressedRecord[]> {
  const wanted = to.filter(({ address }) => include.target === undefined || address.type === include.target)
  if (wanted.length === 0) return []
  const sources = await records.open(await records.current(include.source === '*' ? undefined : include.source))
  await lead(sources, records, now)
  const found: AddressedRecord[] = []
  for (const source of sources) {
    for (const parameter of parametersOf(parameters, include, source.address.type)) {
      const leads = await leadsTo(wanted, parameter, records)
      if (records.led(source, referencesOf(parameter, source.value)).some(leads)) {
        found.push(source)
        break
      }
    }
  }
  return found
}
