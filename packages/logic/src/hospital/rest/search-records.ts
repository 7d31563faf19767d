import type { ReadView } from '@careledger/data-spec'
import type { Actor, PendingProof } from '@careledger/identity'
import type { Consent, Purpose } from '../../consent/consent-terms.ts'
import type { Permit } from '../../decisions/authorize.ts'
import { decideEach } from '../../decisions/decide-each.ts'
import type { Disclosure } from '../../decisions/decide.ts'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { parseSearch, type Search } from '../../fhir/search/parse-search.ts'
import { loadSearchParameters, type SearchParameters } from '../../fhir/search/search-parameters.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { lookupFor, readable } from './candidates.ts'
import { matching } from './filter-tests.ts'
import { included } from './includes.ts'
import { openPage, sealPage, type PageToken } from './page-token.ts'
import { PatientRecords, type AddressedRecord } from './patient-records.ts'
import { countTypes, toEntries, type RestEntry } from './rest-entry.ts'
import { compareKeys, sortKeys, type SortKey } from './sort-keys.ts'

export interface SearchRequest {
  readonly type: string
  readonly parameters: readonly (readonly [string, string])[]
  /** Whether a parameter that is not known is refused or left aside. */
  readonly strict: boolean
  readonly purpose: Purpose
  /** From the former page; everything else is taken from it. */
  readonly page?: string | undefined
  readonly proof?: PendingProof | undefined
}

export interface SearchAnswer {
  readonly type: string
  readonly entries: readonly RestEntry[]
  /** Over all permitted matches; where it was asked for, or is known anyway. */
  readonly total?: number | undefined
  readonly next?: string | undefined
  readonly ignored: readonly string[]
}

/** Most patients looked at in one call. */
const patientsMax = 2000
/** Most matches that are sorted or counted. */
const matchesMax = 20_000

const OPERATION = 'hospital.fhir.search'

/**
 * A FHIR search, on one patient or over all whom the caller may read; for each patient who gives something out of it, or who was named, one
 * decision. Pages, totals and includes are made of permitted records only, so that a search says nothing of others. Errors: INPUT_MALFORMED with
 * `problems` for what cannot be asked, INPUT_TOO_LARGE where a count or an order would go over too much.
 */
export async function searchRecords(parts: Parts, actor: Actor, request: SearchRequest): Promise<SearchAnswer> {
  const token: PageToken = request.page === undefined ? { operation: OPERATION, type: request.type, purpose: request.purpose, strict: request.strict, parameters: request.parameters.map(([name, value]) => [name, value]), place: {} } : await openPage(parts, actor.party, OPERATION, request.page)
  const definitions = await loadDefinitions()
  const parameters = await loadSearchParameters()
  const search = readSearch(parameters, token, parts.now())
  const run = new SearchRun(parts, parameters, search, token, definitions.summaries)
  const lookup = lookupFor(search.type, search.filters)
  let named: readonly string[] | undefined
  const candidates = async function* (view: ReadView): AsyncGenerator<string> {
    named = await lookup?.(parts, view)
    run.begin(named)
    for await (const patient of named ?? readable(view, actor, token.place.patient)) {
      if (run.full) return
      if (named === undefined || token.place.patient === undefined || token.place.keys !== undefined || patient >= token.place.patient) yield patient
    }
  }
  // Where somebody was named, a refusal is recorded for them to see.
  const page = await decideEach(parts, { actor, operation: OPERATION, purposes: [token.purpose as Purpose], limit: patientsMax, recordRefusals: lookup !== undefined, action: 's', proof: request.proof }, candidates, (permit) => run.read(permit))
  if (page.next !== undefined && (run.needsAll || run.sorted)) throw new LogicError('INPUT_TOO_LARGE', 'A count or an order over so many patients is not made. Name a patient.', { details: { limit: patientsMax } })
  const { entries, total, next } = run.result(page.next)
  return { type: search.type, entries, ignored: search.ignored, ...(total === undefined ? {} : { total }), ...(next === undefined ? {} : { next: await sealPage(parts, actor.party, { ...token, place: next }) }) }
}

function readSearch(parameters: SearchParameters, { type, parameters: asked, strict }: PageToken, now: Date): Search {
  const parsed = parseSearch(parameters, type, asked, { strict, now: now.getTime() })
  if ('search' in parsed) return parsed.search
  throw new LogicError('INPUT_MALFORMED', 'The search cannot be made as asked.', { details: { problems: parsed.problems.map(({ parameter, message }) => ({ path: parameter, code: 'search', message })) } })
}

interface Match {
  readonly record: AddressedRecord
  readonly patient: string
  readonly keys: readonly SortKey[]
  readonly entry?: RestEntry | undefined
}

/** One run over the patients of a search. Begun anew when the decisions are made anew. */
class SearchRun {
  readonly #parts: Parts
  readonly #parameters: SearchParameters
  readonly #search: Search
  readonly #token: PageToken
  readonly #summaries: ReadonlyMap<string, ReadonlySet<string>>
  readonly #now: number
  /** The whole set is needed, not the first so many. */
  readonly needsAll: boolean
  readonly sorted: boolean
  #named: readonly string[] | undefined
  #matches: Match[] = []
  #more: Match[] = []
  #total = 0
  #cut = false

  constructor(parts: Parts, parameters: SearchParameters, search: Search, token: PageToken, summaries: ReadonlyMap<string, ReadonlySet<string>>) {
    this.#parts = parts
    this.#parameters = parameters
    this.#search = search
    this.#token = token
    this.#summaries = summaries
    this.#now = parts.now().getTime()
    this.sorted = search.sort.length > 0
    this.needsAll = this.sorted || search.summary === 'count' || search.count === 0 || (search.total !== 'none' && token.place.patient === undefined)
  }

  begin(named: readonly string[] | undefined): void {
    this.#named = named
    this.#matches = []
    this.#more = []
    this.#total = 0
    this.#cut = false
    if (this.sorted && (named === undefined || named.length > 1) && this.#search.includes.length + this.#search.revincludes.length > 0) throw new LogicError('INPUT_TOO_LARGE', 'A sorted search over several patients includes nothing. Name a patient.')
  }

  get full(): boolean {
    return !this.needsAll && this.#cut
  }

  async read(permit: Permit): Promise<Disclosure<undefined> | undefined> {
    const records = new PatientRecords(this.#parts, permit)
    const { patient } = records.grounds
    const rows = await records.current(this.#search.type)
    const { place } = this.#token
    const start = this.sorted || place.patient !== patient || place.after === undefined ? rows : rows.filter(({ id }) => id < (place.after as string))
    const wanted = this.needsAll ? Number.POSITIVE_INFINITY : this.#search.count + 1 - this.#matches.length
    const found = await matching(start, this.#search.filters, records, this.#now, wanted)
    this.#total += found.length
    if (this.#total > matchesMax) throw new LogicError('INPUT_TOO_LARGE', 'More matches than can be counted or sorted. Narrow the search.', { details: { limit: matchesMax } })
    const given = this.sorted ? await this.#sort(found, patient, records) : await this.#append(found, patient, records)
    // Nothing of somebody who was not named: nothing was asked of them.
    if (found.length === 0 && this.#named === undefined) return undefined
    if (given.length === 0 && !this.needsAll && this.#named === undefined) return undefined
    const consent = coveringOf(found)
    return { value: undefined, types: this.needsAll ? countTypes(found.map(({ address }) => address)) : countTypes(given), consent }
  }

  /** What this patient adds to a page in the order in which records were written. */
  async #append(found: readonly AddressedRecord[], patient: string, records: PatientRecords): Promise<readonly RestEntry[]> {
    const room = this.#room - this.#matches.length
    if (found.length > room) this.#cut = true
    const taken = this.#search.summary === 'count' ? [] : found.slice(0, Math.max(0, room))
    const entries = await toEntries(taken, records, 'match', this.#show)
    taken.forEach((record, at) => this.#matches.push({ record, patient, keys: [], entry: entries[at] }))
    return [...entries, ...(await this.#include(taken, patient, records))]
  }

  get #room(): number {
    return this.#search.count
  }

  /** Of one patient the page is made at once; of several, when all have been looked at. */
  async #sort(found: readonly AddressedRecord[], patient: string, records: PatientRecords): Promise<readonly RestEntry[]> {
    const opened = await records.open(found)
    const one = this.#named?.length === 1
    const matches = opened.map((record): Match => ({ record, patient, keys: sortKeys(this.#search.sort, record) }))
    if (one) {
      const { page, cut } = this.#pageOf(matches)
      const entries = await toEntries(page.map(({ record }) => record), records, 'match', this.#show)
      this.#matches = page.map((match, at) => ({ ...match, entry: entries[at] }))
      this.#cut = cut
      return [...entries, ...(await this.#include(page.map(({ record }) => record), patient, records))]
    }
    const candidates = this.#pageOf([...this.#matches, ...matches])
    const fresh = new Set(matches)
    const kept = candidates.page.filter((match) => fresh.has(match))
    const entries = await toEntries(kept.map(({ record }) => record), records, 'match', this.#show)
    const byMatch = new Map(kept.map((match, at) => [match, entries[at]]))
    this.#matches = candidates.page.map((match) => (byMatch.has(match) ? { ...match, entry: byMatch.get(match) } : match))
    this.#cut ||= candidates.cut
    return entries
  }

  #pageOf(matches: readonly Match[]): { readonly page: readonly Match[]; readonly cut: boolean } {
    const { keys, after } = this.#token.place
    const ordered = [...matches].sort((a, b) => this.#compare(a.keys, a.record.id, b.keys, b.record.id))
    const rest = keys === undefined ? ordered : ordered.filter((match) => this.#compare(match.keys, match.record.id, keys, after ?? '') > 0)
    return { page: rest.slice(0, this.#search.count), cut: rest.length > this.#search.count }
  }

  #compare(a: readonly SortKey[], aId: string, b: readonly SortKey[], bId: string): number {
    return compareKeys(this.#search.sort, a, b) || (aId < bId ? 1 : aId > bId ? -1 : 0)
  }

  async #include(matches: readonly AddressedRecord[], patient: string, records: PatientRecords): Promise<readonly RestEntry[]> {
    const found = await included(this.#parameters, this.#search, matches, records)
    const entries = await toEntries(found, records, 'include', this.#show)
    found.forEach((record, at) => this.#more.push({ record, patient, keys: [], entry: entries[at] }))
    return entries
  }

  get #show() {
    return { summary: this.#search.summary, elements: this.#search.elements, summaries: this.#summaries }
  }

  result(furtherPatients: string | undefined): { readonly entries: readonly RestEntry[]; readonly total?: number | undefined; readonly next?: PageToken['place'] | undefined } {
    const last = this.#matches.at(-1)
    const whole = this.#token.place.patient === undefined && !this.#cut && furtherPatients === undefined
    const total = this.needsAll || whole ? this.#total : undefined
    if (this.#search.summary === 'count' || this.#search.count === 0) return { entries: [], total: this.#total }
    const entries = [...this.#matches, ...this.#more].flatMap(({ entry }) => (entry === undefined ? [] : [entry]))
    const next = this.#cut && last !== undefined ? { patient: last.patient, after: last.record.id, ...(this.sorted ? { keys: [...last.keys] } : {}) } : furtherPatients === undefined ? undefined : { patient: furtherPatients, after: '' }
    return { entries, total: this.sorted && this.#search.total === 'none' && !whole ? undefined : total, next }
  }
}

/** The consent that a decision names: the first that one of the records rests on. */
function coveringOf(found: readonly AddressedRecord[]): Consent | undefined {
  return found.find(({ consent }) => consent !== undefined)?.consent
}
