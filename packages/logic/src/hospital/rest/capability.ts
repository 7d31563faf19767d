import { loadDefinitions } from '../../fhir/definitions.ts'
import { MODIFIERS } from '../../fhir/search/match-values.ts'
import { loadSearchParameters } from '../../fhir/search/search-parameters.ts'

/** What the server can do, for its CapabilityStatement: read off what the code uses. */
export interface Capability {
  readonly types: readonly {
    readonly type: string
    readonly parameters: readonly { readonly name: string; readonly type: string; readonly definition: string; readonly modifiers: readonly string[] }[]
    /** `Type:parameter`. */
    readonly includes: readonly string[]
    readonly revincludes: readonly string[]
  }[]
}

/** Abstract, or carriers of other resources: none of them is a record. */
const noRecords: ReadonlySet<string> = new Set(['Resource', 'DomainResource', 'Bundle', 'Parameters'])
const common = [
  { name: '_id', type: 'token', definition: 'http://hl7.org/fhir/SearchParameter/Resource-id', modifiers: ['not'] },
  { name: '_lastUpdated', type: 'date', definition: 'http://hl7.org/fhir/SearchParameter/Resource-lastUpdated', modifiers: [] },
]

let known: Promise<Capability> | undefined

export function capabilityOf(): Promise<Capability> {
  known ??= make().catch((error: unknown) => {
    known = undefined
    throw error
  })
  return known
}

async function make(): Promise<Capability> {
  const { summaries, valueSets } = await loadDefinitions()
  const parameters = await loadSearchParameters()
  const types = [...summaries.keys()].filter((type) => !noRecords.has(type) && valueSets.includes('http://hl7.org/fhir/ValueSet/resource-types', type) !== false).sort()
  const references = types.map((type) => ({ type, found: parameters.ofType(type).filter((parameter) => parameter.type === 'reference') }))
  return {
    types: types.map((type) => ({
      type,
      parameters: [...common, ...parameters.ofType(type).map(({ code, type: kind, url }) => ({ name: code, type: kind, definition: url, modifiers: ['missing', ...MODIFIERS[kind]] }))],
      includes: references.find((each) => each.type === type)?.found.map(({ code }) => `${type}:${code}`) ?? [],
      revincludes: references.flatMap((each) => each.found.filter(({ targets }) => targets.includes(type)).map(({ code }) => `${each.type}:${code}`)),
    })),
  }
}
