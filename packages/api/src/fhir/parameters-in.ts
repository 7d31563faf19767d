import { FhirRefusal } from './outcome.ts'

/** What a Parameters resource asks for, as a query would. Errors: FhirRefusal 400. */
export function parametersIn(text: string): readonly (readonly [string, string])[] {
  if (text === '') return []
  try {
    const { resourceType, parameter = [] } = JSON.parse(text) as { readonly resourceType?: unknown; readonly parameter?: readonly Readonly<Record<string, unknown>>[] }
    if (resourceType !== 'Parameters') throw new TypeError('Another resource.')
    return parameter.map(({ name, ...value }): readonly [string, string] => [String(name), String(Object.entries(value).find(([member]) => member.startsWith('value'))?.[1] ?? '')])
  } catch {
    throw new FhirRefusal(400, 'structure', 'An operation is asked for with a Parameters resource.')
  }
}
