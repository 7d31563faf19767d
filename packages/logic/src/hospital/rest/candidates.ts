import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { merged } from '../../decisions/merged.ts'
import { readToken, unescaped } from '../../fhir/search/match-values.ts'
import type { Filter } from '../../fhir/search/parse-search.ts'
import type { Parts } from '../../parts.ts'
import { matching, readableBy } from '../patients.ts'
import { patientsAt, referenceParts } from './addresses.ts'

/**
 * The patients that a search can be about, by what it names: a patient, a record's id, or a patient's identifier. `undefined`: it names nobody, so
 * all whom the caller may read are looked at. Each is still decided.
 */
export async function namedPatients(parts: Parts, view: ReadView, type: string, filters: readonly Filter[]): Promise<readonly string[] | undefined> {
  for (const filter of filters) {
    const found = await namedBy(parts, view, type, filter)
    if (found !== undefined) return [...new Set(found)].sort()
  }
  return type === 'Patient' ? byFamily(parts, view, filters) : undefined
}

async function namedBy(parts: Parts, view: ReadView, type: string, filter: Filter): Promise<readonly string[] | undefined> {
  switch (filter.kind) {
    case 'id': return filter.not ? undefined : flat(filter.values.map((id) => patientsAt(parts, view, { type, id })))
    case 'reference': {
      const ids = filter.values.map((value) => patientId(value, filter))
      return ids.every((id) => id !== undefined) ? flat(ids.map((id) => patientsAt(parts, view, { type: 'Patient', id }))) : undefined
    }
    case 'value': return type === 'Patient' ? byIdentifier(parts, view, filter) : undefined
    case 'chain': {
      const [target] = filter.targets
      return filter.targets.length === 1 && target?.type === 'Patient' ? namedBy(parts, view, 'Patient', target.filter) : undefined
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

async function byIdentifier(parts: Parts, view: ReadView, { parameter, modifier, values }: Extract<Filter, { kind: 'value' }>): Promise<readonly string[] | undefined> {
  if (parameter.code !== 'identifier' || modifier !== undefined) return undefined
  const tokens = values.map(readToken)
  if (!tokens.every((token) => token !== undefined && token.code !== '' && token.code.length <= 128 && token.system !== '')) return undefined
  const found: string[] = []
  for (const token of tokens) {
    if (token === undefined) continue
    for await (const patient of matching(parts, view, { identifier: { value: token.code, ...(token.system === undefined ? {} : { system: token.system }) } })) found.push(patient)
  }
  return found
}

/** Family name and birth date together, where both are exact: the other composite that there is a token for. */
async function byFamily(parts: Parts, view: ReadView, filters: readonly Filter[]): Promise<readonly string[] | undefined> {
  const only = (code: string, modifier: string | undefined): string | undefined => {
    const found = filters.flatMap((filter) => (filter.kind === 'value' && filter.parameter.code === code && filter.modifier === modifier && filter.values.length === 1 ? filter.values : []))
    return found.length === 1 ? unescaped(found[0] as string) : undefined
  }
  const [family, birthDate] = [only('family', 'exact'), only('birthdate', undefined)]
  if (family === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(birthDate ?? '')) return undefined
  const found: string[] = []
  for await (const patient of matching(parts, view, { family, birthDate: birthDate as string })) found.push(patient)
  return [...new Set(found)].sort()
}

async function flat(found: readonly Promise<readonly string[]>[]): Promise<readonly string[]> {
  return (await Promise.all(found)).flat()
}

/** Patients whom the caller may be permitted to read, ascending, from one of them on (inclusive). */
export async function* readable(view: ReadView, actor: Actor, from: string | undefined): AsyncGenerator<string> {
  if (from !== undefined) yield from
  yield* merged(readableBy(view, actor, 200), { keyOf: (patient) => patient, after: from, ascending: true })
}
