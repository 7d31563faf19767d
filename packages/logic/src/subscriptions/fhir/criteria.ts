import type { ReadView } from '@careledger/data-spec'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { parseSearch, type Search } from '../../fhir/search/parse-search.ts'
import { loadSearchParameters } from '../../fhir/search/search-parameters.ts'
import { lookupFor } from '../../hospital/rest/candidates.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'

/**
 * The search that a Subscription's criteria say. Errors: INPUT_MALFORMED for criteria that are no search on one type, that say how an answer looks, or
 * that name a patient by anything but an id: a Subscription is kept, and is to hold nothing about anybody.
 */
export async function readCriteria(criteria: string, now: Date): Promise<Search> {
  await loadDefinitions()
  const [, type, query = ''] = /^([A-Z][A-Za-z]{1,63})(?:\?(.*))?$/.exec(criteria) ?? []
  if (type === undefined) throw wrong('Criteria are a type with a search, such as Observation?patient=1.')
  const pairs = [...new URLSearchParams(query)]
  const parsed = parseSearch(await loadSearchParameters(), type, pairs, { strict: true, now: now.getTime() })
  if (!('search' in parsed)) throw wrong(`${parsed.problems[0]?.parameter ?? ''}: ${parsed.problems[0]?.message ?? ''}`)
  if (pairs.some(([name]) => /^_(count|summary|elements|sort|total|(rev)?include|format|pretty)/.test(name))) throw wrong('Criteria say what is found, and not how it is shown.')
  const names = parsed.search.filters.some((filter) => filter.kind === 'chain' || filter.kind === 'has' || (type === 'Patient' && filter.kind === 'value'))
  if (names) throw wrong('Name the patient by id; chains and what a Patient is called are not watched.')
  return parsed.search
}

/** Handles of the patients whom criteria name; `undefined`: nobody in particular. Whoever is found is still decided. */
export async function patientsNamed(parts: Parts, view: ReadView, { type, filters }: Pick<Search, 'type' | 'filters'>): Promise<readonly string[] | undefined> {
  return lookupFor(type, filters)?.find(parts, view)
}

function wrong(message: string): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { details: { problems: [{ path: 'Subscription.criteria', code: 'search', message }] } })
}
