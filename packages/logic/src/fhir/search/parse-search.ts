import { isResourceType } from '@medplum/core'
import { MODIFIERS, splitAt, unescaped, valueTest, type Modifier } from './match-values.ts'
import type { SearchParameter, SearchParameters } from './search-parameters.ts'
import { prefixed, timeRange } from './time-range.ts'

/** One condition on a resource. */
export type Filter =
  | { readonly kind: 'id'; readonly values: readonly string[]; readonly not: boolean }
  | { readonly kind: 'updated'; readonly values: readonly string[] }
  | { readonly kind: 'missing'; readonly parameter: SearchParameter; readonly missing: boolean }
  | { readonly kind: 'value'; readonly parameter: SearchParameter; readonly modifier?: Modifier | undefined; readonly values: readonly string[] }
  | { readonly kind: 'reference'; readonly parameter: SearchParameter; readonly target?: string | undefined; readonly values: readonly string[] }
  /** The reference leads to a resource of one of these types that the filter takes. */
  | { readonly kind: 'chain'; readonly parameter: SearchParameter; readonly targets: readonly { readonly type: string; readonly filter: Filter }[] }
  /** A resource of this type that the filter takes refers to it. */
  | { readonly kind: 'has'; readonly type: string; readonly parameter: SearchParameter; readonly filter: Filter }

export interface Include {
  /** Type of the resource that refers; `*`: any that was found. */
  readonly source: string
  /** `undefined`: every reference. */
  readonly parameter?: SearchParameter | undefined
  readonly target?: string | undefined
  readonly iterate: boolean
}

export type Summary = 'true' | 'text' | 'data' | 'count' | 'false'

export interface Search {
  readonly type: string
  readonly filters: readonly Filter[]
  readonly includes: readonly Include[]
  readonly revincludes: readonly Include[]
  readonly sort: readonly { readonly by: SearchParameter | '_id' | '_lastUpdated'; readonly descending: boolean }[]
  readonly count: number
  readonly total: 'none' | 'estimate' | 'accurate'
  readonly summary: Summary
  readonly elements?: readonly string[] | undefined
  /** Names of parameters that were left aside, where handling is lenient. */
  readonly ignored: readonly string[]
}

export interface SearchProblem {
  readonly parameter: string
  readonly message: string
}

export const SEARCH_LIMITS = { countMax: 100, countDefault: 20, parametersMax: 50, valuesMax: 100, depthMax: 3 } as const

/** Says nothing about what is found, or is read from a header. */
const quiet: ReadonlySet<string> = new Set(['_format', '_pretty'])

/**
 * Reads the parameters of a search on one type. Problems: what cannot be done as asked; with `strict` also parameters that are not known, which
 * are otherwise left aside and named. A known parameter with a value or modifier that cannot be used is never left aside: the answer would be
 * a wider one than was asked for.
 */
export function parseSearch(parameters: SearchParameters, type: string, asked: readonly (readonly [string, string])[], options: { readonly strict: boolean; readonly now: number }): { readonly search: Search } | { readonly problems: readonly SearchProblem[] } {
  if (!isResourceType(type)) return { problems: [{ parameter: '', message: 'FHIR R4 has no resource of this type.' }] }
  const problems: SearchProblem[] = []
  const filters: Filter[] = []
  const includes: Include[] = []
  const revincludes: Include[] = []
  const ignored: string[] = []
  const result: { sort: Search['sort']; count: number; total: Search['total']; summary: Summary; elements?: readonly string[] | undefined } = { sort: [], count: SEARCH_LIMITS.countDefault, total: 'none', summary: 'false' }
  const wrong = (parameter: string, message: string): void => void problems.push({ parameter, message })
  if (asked.length > SEARCH_LIMITS.parametersMax) return { problems: [{ parameter: '', message: `At most ${SEARCH_LIMITS.parametersMax} parameters.` }] }
  for (const [name, value] of asked) {
    if (quiet.has(name)) continue
    if (name === '_count') {
      if (/^\d{1,9}$/.test(value)) result.count = Math.min(Number(value), SEARCH_LIMITS.countMax)
      else wrong(name, 'A count is a whole number.')
    } else if (name === '_total') {
      if (value === 'none' || value === 'estimate' || value === 'accurate') result.total = value
      else wrong(name, 'none, estimate or accurate.')
    } else if (name === '_summary') {
      if (['true', 'text', 'data', 'count', 'false'].includes(value)) result.summary = value as Summary
      else wrong(name, 'true, text, data, count or false.')
    } else if (name === '_elements') {
      result.elements = value.split(',').map((each) => each.trim().split('.').at(-1) as string).filter((each) => each !== '')
    } else if (name === '_sort') {
      const sort = sortOf(parameters, type, value)
      if (sort === undefined) wrong(name, 'It names something that cannot be sorted by.')
      else result.sort = sort
    } else if (/^_(rev)?include(:iterate)?$/.test(name)) {
      const include = includeOf(parameters, value, name.endsWith(':iterate'))
      if (include === undefined) wrong(name, 'It names no reference of a type of R4.')
      else (name.startsWith('_rev') ? revincludes : includes).push(include)
    } else {
      const filter = filterOf(parameters, type, name, value, { now: options.now, depth: 0 })
      if (filter === 'unknown') ignored.push(name)
      else if ('problem' in filter) wrong(name, filter.problem)
      else filters.push(filter)
    }
  }
  if (options.strict) for (const name of ignored) wrong(name, 'There is no such parameter of this type here.')
  return problems.length > 0 ? { problems } : { search: { type, filters, includes, revincludes, ignored, ...result } }
}

interface Place {
  readonly now: number
  readonly depth: number
}

function filterOf(parameters: SearchParameters, type: string, name: string, value: string, place: Place): Filter | { readonly problem: string } | 'unknown' {
  if (place.depth > SEARCH_LIMITS.depthMax) return { problem: 'Too many links in a chain.' }
  if (name.startsWith('_has:')) return hasOf(parameters, type, name, value, place)
  const dot = name.indexOf('.')
  if (dot !== -1) return chainOf(parameters, type, name.slice(0, dot), name.slice(dot + 1), value, place)
  const [code = '', modifier] = name.split(':', 2)
  const values = splitAt(value, ',')
  if (values.length > SEARCH_LIMITS.valuesMax) return { problem: `At most ${SEARCH_LIMITS.valuesMax} values.` }
  if (code === '_id') return modifier === undefined || modifier === 'not' ? { kind: 'id', values: values.map(unescaped), not: modifier === 'not' } : { problem: 'This modifier is not known here.' }
  if (code === '_lastUpdated') return values.every((each) => timeRange(prefixed(each).rest) !== undefined) && modifier === undefined ? { kind: 'updated', values } : { problem: 'The value is no date.' }
  const parameter = parameters.find(type, code)
  if (parameter === undefined) return 'unknown'
  if (modifier === 'missing') return value === 'true' || value === 'false' ? { kind: 'missing', parameter, missing: value === 'true' } : { problem: 'true or false.' }
  if (parameter.type === 'reference' && modifier !== 'identifier') {
    if (modifier !== undefined && !isResourceType(modifier)) return { problem: 'This modifier is not known here.' }
    return values.some((each) => each === '') ? { problem: 'A reference is not empty.' } : { kind: 'reference', parameter, target: modifier, values: values.map(unescaped) }
  }
  if (modifier !== undefined && !MODIFIERS[parameter.type].includes(modifier as Modifier)) return { problem: 'This modifier is not known here for a parameter of this type.' }
  const kept = modifier as Modifier | undefined
  const well = values.every((each) => (parameter.type === 'composite' ? compositeParts(parameter, each, place.now) : valueTest(kept === 'identifier' ? 'token' : parameter.type, each, kept === 'identifier' ? undefined : kept, place.now)) !== undefined)
  return well ? { kind: 'value', parameter, modifier: kept, values } : { problem: `The value is none of a ${parameter.type} parameter.` }
}

/** The tests of the parts of `a$b`; `undefined`: too many or too few, or one that has not the form of its type. */
export function compositeParts(parameter: SearchParameter, value: string, now: number): readonly ((found: Parameters<NonNullable<ReturnType<typeof valueTest>>>[0]) => boolean)[] | undefined {
  const parts = splitAt(value, '$')
  if (parts.length !== parameter.components.length) return undefined
  const tests = parts.map((part, place) => valueTest((parameter.components[place] as SearchParameter['components'][number]).type, part, undefined, now))
  return tests.every((test) => test !== undefined) ? tests : undefined
}

function chainOf(parameters: SearchParameters, type: string, link: string, rest: string, value: string, place: Place): ReturnType<typeof filterOf> {
  const [code = '', named] = link.split(':', 2)
  const parameter = parameters.find(type, code)
  if (parameter === undefined) return 'unknown'
  if (parameter.type !== 'reference') return { problem: 'Only a reference can be followed.' }
  const types = named === undefined ? parameter.targets : [named]
  const targets = types.flatMap((target) => {
    const filter = filterOf(parameters, target, rest, value, { ...place, depth: place.depth + 1 })
    return filter === 'unknown' || 'problem' in filter ? [] : [{ type: target, filter }]
  })
  return targets.length === 0 ? { problem: 'What the reference leads to has no such parameter.' } : { kind: 'chain', parameter, targets }
}

function hasOf(parameters: SearchParameters, type: string, name: string, value: string, place: Place): ReturnType<typeof filterOf> {
  const [, source = '', code = '', rest = ''] = /^_has:([A-Za-z]+):([\w-]+):(.+)$/.exec(name) ?? []
  const parameter = parameters.find(source, code)
  if (parameter?.type !== 'reference') return { problem: '_has is written _has:Type:reference:parameter.' }
  if (parameter.targets.length > 0 && !parameter.targets.includes(type)) return { problem: 'This reference does not lead here.' }
  const filter = filterOf(parameters, source, rest, value, { ...place, depth: place.depth + 1 })
  if (filter === 'unknown') return { problem: 'What refers has no such parameter.' }
  return 'problem' in filter ? filter : { kind: 'has', type: source, parameter, filter }
}

function sortOf(parameters: SearchParameters, type: string, value: string): Search['sort'] | undefined {
  const rules = value.split(',').map((each) => {
    const code = each.replace(/^-/, '')
    const by: SearchParameter | '_id' | '_lastUpdated' | undefined = code === '_id' || code === '_lastUpdated' ? code : parameters.find(type, code)
    return by === undefined || (typeof by === 'object' && by.type === 'composite') ? undefined : { by, descending: each.startsWith('-') }
  })
  return rules.every((rule) => rule !== undefined) && rules.length <= 5 ? rules : undefined
}

function includeOf(parameters: SearchParameters, value: string, iterate: boolean): Include | undefined {
  if (value === '*') return { source: '*', iterate }
  const [source = '', code = '', target] = value.split(':')
  if (!isResourceType(source) || (target !== undefined && !isResourceType(target))) return undefined
  if (code === '*') return { source, target, iterate }
  const parameter = parameters.find(source, code)
  return parameter?.type === 'reference' ? { source, parameter, target, iterate } : undefined
}
