import { compositeParts, parseSearch, type Filter } from '../../fhir/search/parse-search.ts'
import { readToken, valueTest, type ValueTest } from '../../fhir/search/match-values.ts'
import { loadSearchParameters, type SearchParameter } from '../../fhir/search/search-parameters.ts'
import { comparesTime, prefixed, timeRange } from '../../fhir/search/time-range.ts'
import { holdsUntil } from '../../decisions/recorded-view.ts'
import { asObject, type Json } from '../../fhir/read-values.ts'
import { referenceParts, type ReferenceParts } from './addresses.ts'
import type { AddressedRecord, OpenedRecord } from './addressed-record.ts'
import type { PatientRecords } from './patient-records.ts'

/** `undefined`: only the resource itself can tell. */
export type RowTest = (record: AddressedRecord) => boolean | undefined
export type ResourceTest = (record: OpenedRecord) => boolean

/** What a filter says of a record before it is opened. It never says yes or no where the resource could say otherwise. */
export function rowTest(filter: Filter, now: number): RowTest {
  switch (filter.kind) {
    case 'id': return ({ id, address }) => filter.values.some((value) => value === address.id || value === id) !== filter.not
    case 'updated': return ({ row }) => filter.values.some((value) => isUpdated(value, row.recordedAt, now))
    case 'value': return facetTest(filter.parameter, filter.modifier, filter.values)
    default: return () => undefined
  }
}

function isUpdated(value: string, recordedAt: string, now: number): boolean {
  const { prefix, rest } = prefixed(value)
  const [range, target] = [timeRange(rest), timeRange(recordedAt)]
  return range !== undefined && target !== undefined && comparesTime(prefix, range, target, now)
}

function facetTest({ plain }: SearchParameter, modifier: string | undefined, values: readonly string[]): RowTest {
  if (plain === undefined || (modifier !== undefined && modifier !== 'not')) return () => undefined
  const tokens = values.map(readToken)
  return ({ row }) => {
    const codings = plain === 'code' ? row.codes : row.categories
    if (codings === undefined) return undefined
    const matches = codings.some((coding) => tokens.some((token) => token !== undefined && isCoding(token, coding)))
    return matches !== (modifier === 'not')
  }
}

function isCoding({ system, code }: { readonly system?: string | undefined; readonly code: string }, coding: string): boolean {
  const bar = coding.lastIndexOf('|')
  return (code === '' || coding.slice(bar + 1) === code) && (system === undefined || coding.slice(0, bar) === system)
}

/**
 * Makes the test of a filter for one patient's records. Chains are followed now, so that the test itself waits for nothing. `follow`: whether
 * conditional references are followed too; not where one of them is being followed, for they may lead in a circle.
 */
export async function resourceTest(filter: Filter, records: PatientRecords, now: number, follow = true): Promise<ResourceTest> {
  switch (filter.kind) {
    case 'id':
    case 'updated': {
      const test = rowTest(filter, now)
      return (record) => test(record) === true
    }
    case 'missing': return ({ value }) => (filter.parameter.values(value).length === 0) === filter.missing
    case 'value': return valueFilter(filter, now)
    case 'reference': return referenceFilter(filter, records)
    case 'chain': return chainFilter(filter, records, now, follow)
    case 'has': return hasFilter(filter, records, now, follow)
  }
}

function valueFilter({ parameter, modifier, values }: Extract<Filter, { kind: 'value' }>, now: number): ResourceTest {
  if (parameter.type === 'composite') {
    const alternatives = values.map((value) => compositeParts(parameter, value, now) ?? [])
    return ({ value }) => parameter.values(value).some((base) => alternatives.some((tests) => tests.every((test, place) => (parameter.components[place]?.values(base) ?? []).some(test))))
  }
  if (modifier === 'identifier') {
    const tests = testsOf(values.map((value) => valueTest('token', value, undefined, now)))
    return ({ value }) => parameter.values(value).some((reference) => tests.some((test) => test({ type: 'Identifier', value: asObject(reference.value)?.['identifier'] })))
  }
  const tests = testsOf(values.map((value) => valueTest(parameter.type, value, modifier, now)))
  const matches: ResourceTest = ({ value }) => parameter.values(value).some((found) => tests.some((test) => test(found)))
  return modifier === 'not' ? (record) => !matches(record) : matches
}

const testsOf = (tests: readonly (ValueTest | undefined)[]): readonly ValueTest[] => tests.filter((test) => test !== undefined)

/** Texts of the references that a parameter looks at. A canonical or uri is taken as it stands. */
export function referencesOf(parameter: SearchParameter, value: Json): readonly string[] {
  let known = references.get(value)
  if (known === undefined) references.set(value, (known = new Map()))
  let texts = known.get(parameter)
  if (texts === undefined) known.set(parameter, (texts = readReferences(parameter, value)))
  return texts
}

/** As long as somebody holds the parsed resource: one that lies open is walked once for each parameter. */
const references = new WeakMap<Json, Map<SearchParameter, readonly string[]>>()

function readReferences(parameter: SearchParameter, value: Json): readonly string[] {
  return parameter.values(value).flatMap((found) => {
    const text = typeof found.value === 'string' ? found.value : asObject(found.value)?.['reference']
    return typeof text === 'string' ? [text] : []
  })
}

async function referenceFilter({ parameter, target, values }: Extract<Filter, { kind: 'reference' }>, records: PatientRecords): Promise<ResourceTest> {
  const only = target ?? (parameter.targets.length === 1 ? parameter.targets[0] : undefined)
  const patient = parameter.code === 'patient' ? 'Patient' : only
  const wanted = values.map((value): ReferenceParts | undefined => referenceParts(value) ?? (/^[A-Za-z0-9.-]{1,64}$/.test(value) ? { id: value, type: patient, absolute: false } : undefined))
  const matchers = await Promise.all(wanted.map((parts) => (parts === undefined ? undefined : records.matcher(parts, parameter))))
  // Most of a patient's records hold the same few references: each is looked at once.
  const known = new Map<string, boolean>(values.map((value) => [value, true]))
  const leads = (text: string): boolean => {
    const parts = referenceParts(text)
    return parts !== undefined && (target === undefined || parts.type === undefined || parts.type === target) && matchers.some((matches) => matches?.(parts) === true)
  }
  return (record) => records.led(record, referencesOf(parameter, record.value)).some((text) => {
    let answer = known.get(text)
    if (answer === undefined) known.set(text, (answer = leads(text)))
    return answer
  })
}

/** Whether a parameter's reference leads to one of some records. */
export async function leadsTo(found: readonly AddressedRecord[], parameter: SearchParameter, records: PatientRecords): Promise<(text: string) => boolean> {
  const names = new Set(found.flatMap(({ address }) => [`${address.type}/${address.id}`, `/${address.id}`]))
  const toPatient = found.some(({ address }) => address.type === 'Patient') ? await records.toPatient(parameter) : undefined
  return (text) => {
    const parts = referenceParts(text)
    return parts !== undefined && !parts.absolute && (names.has(`${parts.type ?? ''}/${parts.id}`) || toPatient?.(parts) === true)
  }
}

async function chainFilter({ parameter, targets }: Extract<Filter, { kind: 'chain' }>, records: PatientRecords, now: number, follow: boolean): Promise<ResourceTest> {
  const { person } = records
  const found = await Promise.all(targets.map(async ({ type, filter }) => {
    const matches = await matching(await records.current(type), [filter], records, now, Number.POSITIVE_INFINITY, follow)
    if (type === 'Patient' && matches.length > 0) person?.met.add(filter)
    return matches
  }))
  const leads = await leadsTo(found.flat(), parameter, records)
  const toPatient = targets.some(({ filter }) => person?.met.has(filter) === true) ? await records.toPatient(parameter) : undefined
  return (record) => records.led(record, referencesOf(parameter, record.value)).some((text) => leads(text) || isMet(text, toPatient))
}

function isMet(text: string, toPatient: ((found: ReferenceParts) => boolean) | undefined): boolean {
  const parts = toPatient === undefined ? undefined : referenceParts(text)
  return parts !== undefined && toPatient?.(parts) === true
}

async function hasFilter({ type, parameter, filter }: Extract<Filter, { kind: 'has' }>, records: PatientRecords, now: number, follow: boolean): Promise<ResourceTest> {
  const referring = await records.open(await matching(await records.current(type), [filter], records, now, Number.POSITIVE_INFINITY, follow))
  if (follow) await lead(referring, records, now)
  const parts = referring.flatMap((record) => records.led(record, referencesOf(parameter, record.value)).flatMap((text) => referenceParts(text) ?? [])).filter(({ absolute }) => !absolute)
  const names = new Set(parts.map(({ type: named, id }) => `${named ?? ''}/${id}`))
  const toPatient = await records.toPatient(parameter)
  const patient = parts.some(toPatient)
  return ({ address }) => (address.type === 'Patient' && patient) || names.has(`${address.type}/${address.id}`) || names.has(`/${address.id}`)
}

/** The records that all filters take, in their order; at most `limit`. What rows alone rule out is not opened. */
export async function matching(candidates: readonly AddressedRecord[], filters: readonly Filter[], records: PatientRecords, now: number, limit = Number.POSITIVE_INFINITY, follow = true): Promise<readonly AddressedRecord[]> {
  const rowTests = filters.map((filter) => rowTest(filter, now))
  const found: AddressedRecord[] = []
  const refers = follow && filters.some(({ kind }) => kind === 'reference' || kind === 'chain')
  let tests: readonly ResourceTest[] | undefined
  // The first batch is about as large as what is wanted; where little of it matches, the next are larger.
  let size = Math.min(Math.max(limit, 20), batchMax)
  for (let from = 0; from < candidates.length && found.length < limit; ) {
    const batch: AddressedRecord[] = []
    let open = false
    for (; from < candidates.length && batch.length < size; from++) {
      const record = candidates[from] as AddressedRecord
      const answers = rowTests.map((test) => test(record))
      if (answers.includes(false)) continue
      batch.push(record)
      open ||= answers.includes(undefined)
    }
    if (open) tests ??= await Promise.all(filters.map((filter) => resourceTest(filter, records, now, follow)))
    const opened = open ? await records.open(batch) : []
    if (refers) await lead(opened, records, now)
    const passed = open ? opened.filter((record) => tests?.every((test) => test(record)) === true) : batch
    found.push(...passed.slice(0, limit - found.length))
    size = batchMax
  }
  return found
}

const batchMax = 200

/** Follows the conditional references of opened records. */
export async function lead(opened: readonly OpenedRecord[], records: PatientRecords, now: number): Promise<void> {
  await records.lead(opened, (condition, by) => leadsByCondition(condition, by, records, now))
}

/**
 * Where a conditional reference leads: to the one resource that met the condition when the version was written that refers to it. What the permit
 * does not reach is not there. Where none of that time does, the one that meets it now; `undefined`: none or several.
 */
async function leadsByCondition(condition: string, by: AddressedRecord, records: PatientRecords, now: number): Promise<AddressedRecord | undefined> {
  const at = condition.indexOf('?')
  const type = condition.slice(0, at)
  const versions = await records.versions(type)
  if (versions.length === 0) return undefined
  // "About" is of its instant.
  if (/[=,]ap/.test(condition)) holdsUntil(records.grounds.view, 0)
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
