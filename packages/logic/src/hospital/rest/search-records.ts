import type { ReadView } from '@careledger/data-spec'
import type { Actor, PendingProof } from '@careledger/identity'
import type { Purpose } from '../../consent/consent-terms.ts'
import { authorize, endPermit, isRefusal } from '../../decisions/authorize.ts'
import { keptAnswer } from '../../decisions/kept-answers.ts'
import { decideEach } from '../../decisions/decide-each.ts'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { parseSearch, type Search } from '../../fhir/search/parse-search.ts'
import { loadSearchParameters, type SearchParameters } from '../../fhir/search/search-parameters.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { lookupFor, readable } from './candidates.ts'
import { openPage, sealPage, type PageToken } from './page-token.ts'
import type { Asked } from './patient-links.ts'
import { peopleOf, type PersonPlace } from './people.ts'
import type { RestEntry } from './rest-entry.ts'
import { SearchRun } from './search-run.ts'

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

const OPERATION = 'hospital.fhir.search'

/**
 * A FHIR search, on one patient or over all whom the caller may read; for each patient who gives something out of it, or who was named, one
 * decision. Pages, totals and includes are made of permitted records only, so that a search says nothing of others. Errors: INPUT_MALFORMED with
 * `problems` for what cannot be asked, INPUT_TOO_LARGE where a count or an order would go over too much.
 */
export function searchRecords(parts: Parts, actor: Actor, request: SearchRequest): Promise<SearchAnswer> {
  const { proof, ...asked } = request
  // "About" means a share of the time between then and now, so such an answer is of its instant.
  const ofItsInstant = request.page !== undefined || asked.parameters.some(([, value]) => /(^|[,$])ap/.test(value))
  return ofItsInstant ? decideSearch(parts, actor, request) : keptAnswer(parts, { actor, operation: OPERATION, asked, proof }, (watched) => decideSearch(watched, actor, request))
}

async function decideSearch(parts: Parts, actor: Actor, request: SearchRequest): Promise<SearchAnswer> {
  const token: PageToken = request.page === undefined ? { operation: OPERATION, type: request.type, purpose: request.purpose, strict: request.strict, parameters: request.parameters.map(([name, value]) => [name, value]), place: {} } : await openPage(parts, actor.party, OPERATION, request.page)
  const definitions = await loadDefinitions()
  const parameters = await loadSearchParameters()
  const search = readSearch(parameters, token, parts.now())
  const asked: Asked = { actor, operation: OPERATION, purpose: token.purpose as Purpose }
  const run = new SearchRun(parts, parameters, search, token, definitions.summaries, asked)
  const lookup = lookupFor(search.type, search.filters)
  const candidates = async function* (view: ReadView): AsyncGenerator<string> {
    const named = await lookup?.find(parts, view)
    const places = named === undefined ? undefined : await placesOf(view, named, lookup?.person === true, token.place)
    run.begin(places)
    if (places === undefined) {
      for await (const patient of readable(view, actor, token.place.patient)) {
        if (run.full) return
        yield patient
      }
    }
    for (const place of places ?? []) {
      if (run.full) return
      if (await isLookedAt(parts, view, asked, place, run)) yield place.patient
    }
  }
  // Where somebody was named, a refusal is recorded for them to see.
  const page = await decideEach(parts, { actor, operation: OPERATION, purposes: [token.purpose as Purpose], limit: patientsMax, recordRefusals: lookup !== undefined, action: 's', proof: request.proof }, candidates, (permit) => run.read(permit))
  if (page.next !== undefined && (run.needsAll || run.sorted)) throw new LogicError('INPUT_TOO_LARGE', 'A count or an order over so many patients is not made. Name a patient.', { details: { limit: patientsMax } })
  const { entries, total, next } = run.result(page.next)
  return { type: search.type, entries, ignored: search.ignored, ...(total === undefined ? {} : { total }), ...(next === undefined ? {} : { next: await sealPage(parts, actor.party, { ...token, place: next }) }) }
}

/** The patients named, in the order of the pages. */
async function placesOf(view: ReadView, named: readonly string[], person: boolean, { patient, keys }: PageToken['place']): Promise<readonly PersonPlace[]> {
  const from = keys === undefined ? patient : undefined
  return person ? peopleOf(view, named, from) : named.map((each) => ({ patient: each, asked: each, passed: from !== undefined && each < from }))
}

/**
 * Whoever was named is decided; who was said to be the same person only where the one who was named is permitted and they are too, so that a
 * refusal never tells of a merge. The one who was named is decided on later pages as well, where others follow.
 */
async function isLookedAt(parts: Parts, view: ReadView, asked: Asked, { patient, asked: named, person, passed }: PersonPlace, run: SearchRun): Promise<boolean> {
  if (patient === named) return !passed || person !== undefined
  if (passed || !run.permitted(named)) return false
  const permit = await authorize(parts, view, { ...asked, patient, action: 's' })
  if (isRefusal(permit)) return false
  endPermit(permit)
  return true
}

function readSearch(parameters: SearchParameters, { type, parameters: asked, strict }: PageToken, now: Date): Search {
  const parsed = parseSearch(parameters, type, asked, { strict, now: now.getTime() })
  if ('search' in parsed) return parsed.search
  throw new LogicError('INPUT_MALFORMED', 'The search cannot be made as asked.', { details: { problems: parsed.problems.map(({ parameter, message }) => ({ path: parameter, code: 'search', message })) } })
}
