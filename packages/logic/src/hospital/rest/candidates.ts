import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { merged } from '../../decisions/merged.ts'
import { readToken, unescaped } from '../../fhir/search/match-values.ts'
import type { Filter } from '../../fhir/search/parse-search.ts'
import type { Parts } from '../../parts.ts'
import { matching, readableBy } from '../patients.ts'
import { patientsAt, referenceParts } from './addresses.ts'

/** Looks up the handles of patients. */
type PatientLookup = (parts: Parts, view: ReadView) => Promise<readonly string[]>

export interface NamedPatients {
  /** Ascending, each once. */
  readonly find: PatientLookup
  /** What refers to a person is asked for, so it may stand under whoever was said to be that person. */
  readonly person: boolean
}

/**
 * How to find the patients that a search is about, by what it names: a patient, a record's id, or a patient's identifier. `undefined`: it names
 * nobody, so all whom the caller may read are looked at. Whoever is found is still decided.
 */
export function lookupFor(type: string, filters: readonly Filter[]): NamedPatients | undefined {
  for (const filter of filters) {
    const lookup = lookupBy(type, filter)
    if (lookup !== undefined) return { find: sorted(lookup), person: filter.kind === 'reference' || filter.kind === 'chain' }
  }
  const family = type === 'Patient' ? familyLookup(filters) : undefined
  return family === undefined ? undefined : { find: sorted(family), person: false }
}

const sorted = (lookup: PatientLookup): PatientLookup => async (parts, view) => [...new Set(await lookup(parts, view))].sort()

function lookupBy(type: string, filter: Filter): PatientLookup | undefined {
  switch (filter.kind) {
    case 'id': return filter.not ? undefined : (parts, view) => flat(filter.values.map((id) => patientsAt(parts, view, { type, id })))
    case 'reference': {
      const ids = filter.values.map((value) => patientId(value, filter))
      return ids.every((id) => id !== undefined) ? (parts, view) => flat(ids.map((id) => patientsAt(parts, view, { type: 'Patient', id }))) : undefined
    }
    case 'value': return type === 'Patient' ? identifierLookup(filter) : undefined
    case 'chain': {
      const [target] = filter.targets
      return filter.targets.length === 1 && target?.type === 'Patient' ? lookupBy('Patient', target.filter) : undefined
    }
    default: return undefined
  }
}

/** The id of the Patient that a reference value means; `undefined`: it may mean something else. */
function patientId(value: string, { parameter, target }: Extract<Filter, { kind: 'reference' }>): string | undefined {
  const parts = referenceParts(value)
  if (parts !== undefined) return parts.type === 'Patient' && !parts.absolute ? parts.id : undefined
  const only = target ?? (parameter.code === 'patient' ? 'Patient' : parameter.targets.length === 1 ? parameter.targets[0] : undefined)
  return only === 'Patient' && /^[A-Za-z0-9.-]{1,64}$/.test(value) ? value : undefined
}

function identifierLookup({ parameter, modifier, values }: Extract<Filter, { kind: 'value' }>): PatientLookup | undefined {
  if (parameter.code !== 'identifier' || modifier !== undefined) return undefined
  const identifiers = values.flatMap((value) => {
    const token = readToken(value)
    if (token === undefined || token.code === '' || token.code.length > 128 || token.system === '') return []
    return [{ value: token.code, ...(token.system === undefined ? {} : { system: token.system }) }]
  })
  return identifiers.length < values.length ? undefined : (parts, view) => flat(identifiers.map((identifier) => all(matching(parts, view, { identifier }))))
}

/** Family name and birth date together, where both are exact: the other composite that there is a token for. */
function familyLookup(filters: readonly Filter[]): PatientLookup | undefined {
  const only = (code: string, modifier: string | undefined): string | undefined => {
    const found = filters.flatMap((filter) => (filter.kind === 'value' && filter.parameter.code === code && filter.modifier === modifier && filter.values.length === 1 ? filter.values : []))
    return found.length === 1 ? unescaped(found[0] as string) : undefined
  }
  const [family, birthDate] = [only('family', 'exact'), only('birthdate', undefined)]
  if (family === undefined || birthDate === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(birthDate)) return undefined
  return (parts, view) => all(matching(parts, view, { family, birthDate }))
}

async function all(found: AsyncIterable<string>): Promise<readonly string[]> {
  const patients: string[] = []
  for await (const patient of found) patients.push(patient)
  return patients
}

async function flat(found: readonly Promise<readonly string[]>[]): Promise<readonly string[]> {
  return (await Promise.all(found)).flat()
}

/** Patients whom the caller may be permitted to read, ascending, from one of them on (inclusive). */
export async function* readable(view: ReadView, actor: Actor, from: string | undefined): AsyncGenerator<string> {
  if (from !== undefined) yield from
  yield* merged(readableBy(view, actor, 200), { keyOf: (patient) => patient, after: from, ascending: true })
}
