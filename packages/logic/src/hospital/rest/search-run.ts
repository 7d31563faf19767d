import type { Disclosure } from '../../decisions/decide.ts'
import type { Consent } from '../../consent/consent-terms.ts'
import { groundsOf, type Permit } from '../../decisions/authorize.ts'
import type { Search } from '../../fhir/search/parse-search.ts'
import type { SearchParameters } from '../../fhir/search/search-parameters.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { matching, resourceTest } from './filter-tests.ts'
import { included } from './includes.ts'
import type { PageToken } from './page-token.ts'
import type { Asked } from './patient-links.ts'
import type { AddressedRecord } from './addressed-record.ts'
import { PatientRecords } from './patient-records.ts'
import type { PersonPlace } from './people.ts'
import { countTypes, toEntries, type RestEntry } from './rest-entry.ts'
import { compareKeys, sortKeys, type SortKey } from './sort-keys.ts'

/** Most matches that are sorted or counted. */
const matchesMax = 20_000

interface Match {
  readonly record: AddressedRecord
  readonly patient: string
  readonly keys: readonly SortKey[]
  readonly entry?: RestEntry | undefined
  /** What it brings along, where the page is made of several patients. */
  readonly more?: readonly RestEntry[] | undefined
}

/** One run over the patients of a search. Begun anew when the decisions are made anew. */
export class SearchRun {
  readonly #parts: Parts
  readonly #parameters: SearchParameters
  readonly #search: Search
  readonly #token: PageToken
  readonly #summaries: ReadonlyMap<string, ReadonlySet<string>>
  readonly #now: number
  /** The whole set is needed, not the first so many. */
  readonly needsAll: boolean
  readonly sorted: boolean
  readonly #asked: Asked
  /** Of those who were named; `undefined`: nobody was. */
  #places: ReadonlyMap<string, PersonPlace> | undefined
  readonly #permitted = new Set<string>()
  #matches: Match[] = []
  #more: RestEntry[] = []
  #total = 0
  #cut = false

  constructor(parts: Parts, parameters: SearchParameters, search: Search, token: PageToken, summaries: ReadonlyMap<string, ReadonlySet<string>>, asked: Asked) {
    this.#parts = parts
    this.#asked = asked
    this.#parameters = parameters
    this.#search = search
    this.#token = token
    this.#summaries = summaries
    this.#now = parts.now().getTime()
    this.sorted = search.sort.length > 0
    this.needsAll = this.sorted || search.summary === 'count' || search.count === 0 || (search.total !== 'none' && token.place.patient === undefined)
  }

  begin(places: readonly PersonPlace[] | undefined): void {
    this.#places = places === undefined ? undefined : new Map(places.map((place) => [place.patient, place]))
    this.#permitted.clear()
    this.#matches = []
    this.#more = []
    this.#total = 0
    this.#cut = false
  }

  get full(): boolean {
    return !this.needsAll && this.#cut
  }

  permitted(patient: string): boolean {
    return this.#permitted.has(patient)
  }

  async read(permit: Permit): Promise<Disclosure<undefined> | undefined> {
    const { patient } = groundsOf(permit)
    const { person, passed } = this.#places?.get(patient) ?? {}
    const records = new PatientRecords(this.#parts, permit, this.#asked, person)
    this.#permitted.add(patient)
    if (person !== undefined) await this.#introduce(records)
    if (passed === true) return { value: undefined, types: {}, guards: records.guards }
    const rows = await records.current(this.#search.type)
    const { place } = this.#token
    const start = this.sorted || place.patient !== patient || place.after === undefined ? rows : rows.filter(({ first }) => first < (place.after as string))
    const wanted = this.needsAll ? Number.POSITIVE_INFINITY : this.#search.count + 1 - this.#matches.length
    const found = await matching(start, this.#search.filters, records, this.#now, wanted)
    this.#total += found.length
    if (this.#total > matchesMax) throw new LogicError('INPUT_TOO_LARGE', 'More matches than can be counted or sorted. Narrow the search.', { details: { limit: matchesMax } })
    const given = this.sorted ? await this.#sort(found, patient, records) : await this.#append(found, patient, records)
    // Nothing of somebody who was not named: nothing was asked of them.
    if (found.length === 0 && this.#places === undefined) return undefined
    if (given.length === 0 && !this.needsAll && this.#places === undefined) return undefined
    const consent = coveringOf(found)
    return { value: undefined, types: this.needsAll ? countTypes(found.map(({ address }) => address)) : countTypes(given), consent, guards: records.guards, others: records.others }
  }

  /** What this patient is called, and which filters on a Patient they meet, is known before the others of the same person are read. */
  async #introduce(records: PatientRecords): Promise<void> {
    await records.patientIds()
    await Promise.all(this.#search.filters.map((filter) => resourceTest(filter, records, this.#now)))
  }

  /** What this patient adds to a page in the order in which records were written. */
  async #append(found: readonly AddressedRecord[], patient: string, records: PatientRecords): Promise<readonly RestEntry[]> {
    const room = this.#room - this.#matches.length
    if (found.length > room) this.#cut = true
    const taken = this.#search.summary === 'count' ? [] : found.slice(0, Math.max(0, room))
    const entries = await toEntries(taken, records, 'match', this.#show)
    taken.forEach((record, at) => this.#matches.push({ record, patient, keys: [], entry: entries[at] }))
    return [...entries, ...(await this.#include(taken, records))]
  }

  get #room(): number {
    return this.#search.count
  }

  /** Of one patient the page is made at once; of several, when all have been looked at. */
  async #sort(found: readonly AddressedRecord[], patient: string, records: PatientRecords): Promise<readonly RestEntry[]> {
    const opened = await records.open(found)
    const one = this.#places?.size === 1
    const matches = opened.map((record): Match => ({ record, patient, keys: sortKeys(this.#search.sort, record) }))
    if (one) {
      const { page, cut } = this.#pageOf(matches)
      const entries = await toEntries(page.map(({ record }) => record), records, 'match', this.#show)
      this.#matches = page.map((match, at) => ({ ...match, entry: entries[at] }))
      this.#cut = cut
      return [...entries, ...(await this.#include(page.map(({ record }) => record), records))]
    }
    const candidates = this.#pageOf([...this.#matches, ...matches])
    const fresh = new Set(matches)
    const kept = candidates.page.filter((match) => fresh.has(match))
    const entries = await toEntries(kept.map(({ record }) => record), records, 'match', this.#show)
    const more = await Promise.all(kept.map(({ record }) => this.#included([record], records)))
    const byMatch = new Map(kept.map((match, at) => [match, { entry: entries[at], more: more[at] }]))
    this.#matches = candidates.page.map((match) => ({ ...match, ...byMatch.get(match) }))
    this.#cut ||= candidates.cut
    return [...entries, ...more.flat()]
  }

  #pageOf(matches: readonly Match[]): { readonly page: readonly Match[]; readonly cut: boolean } {
    const { keys, after } = this.#token.place
    const ordered = [...matches].sort((a, b) => this.#compare(a.keys, a.record.first, b.keys, b.record.first))
    const rest = keys === undefined ? ordered : ordered.filter((match) => this.#compare(match.keys, match.record.first, keys, after ?? '') > 0)
    return { page: rest.slice(0, this.#search.count), cut: rest.length > this.#search.count }
  }

  #compare(a: readonly SortKey[], aId: string, b: readonly SortKey[], bId: string): number {
    return compareKeys(this.#search.sort, a, b) || (aId < bId ? 1 : aId > bId ? -1 : 0)
  }

  async #include(matches: readonly AddressedRecord[], records: PatientRecords): Promise<readonly RestEntry[]> {
    const entries = await this.#included(matches, records)
    this.#more.push(...entries)
    return entries
  }

  async #included(matches: readonly AddressedRecord[], records: PatientRecords): Promise<readonly RestEntry[]> {
    return toEntries(await included(this.#parameters, this.#search, matches, records, this.#now), records, 'include', this.#show)
  }

  get #show() {
    return { summary: this.#search.summary, elements: this.#search.elements, summaries: this.#summaries }
  }

  result(furtherPatients: string | undefined): { readonly entries: readonly RestEntry[]; readonly total?: number | undefined; readonly next?: PageToken['place'] | undefined } {
    const last = this.#matches.at(-1)
    const whole = this.#token.place.patient === undefined && !this.#cut && furtherPatients === undefined
    const total = this.needsAll || whole ? this.#total : undefined
    if (this.#search.summary === 'count' || this.#search.count === 0) return { entries: [], total: this.#total }
    const matches = this.#matches.flatMap(({ entry }) => entry ?? [])
    const given = new Set(matches.map(({ version }) => version))
    const more = [...this.#more, ...this.#matches.flatMap((match) => match.more ?? [])].filter(({ version }) => !given.has(version) && given.add(version) !== undefined)
    const entries = [...matches, ...more]
    const next = this.#cut && last !== undefined ? { patient: last.patient, after: last.record.first, ...(this.sorted ? { keys: [...last.keys] } : {}) } : furtherPatients === undefined ? undefined : { patient: furtherPatients, after: '' }
    return { entries, total: this.sorted && this.#search.total === 'none' && !whole ? undefined : total, next }
  }
}

/** The consent that a decision names: the first that one of the records rests on. */
function coveringOf(found: readonly AddressedRecord[]): Consent | undefined {
  return found.find(({ consent }) => consent !== undefined)?.consent
}
