import type { Coded, Coding } from './write-context.ts'
import { Decimal, type Exact, type ExactObject } from './exact-json.ts'

/** Small readers of a resource that a form is filled from. They never throw: what has another form than expected is absent. */
export function at(value: Exact | undefined, ...path: readonly (string | number)[]): Exact | undefined {
  return path.reduce<Exact | undefined>((here, step) => {
    if (Array.isArray(here)) return typeof step === 'number' ? (here as readonly Exact[])[step] : undefined
    return isObject(here) && typeof step === 'string' ? here[step] : undefined
  }, value)
}

export function textAt(value: Exact | undefined, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : found instanceof Decimal ? found.text : undefined
}

export function listAt(value: Exact | undefined, ...path: readonly (string | number)[]): readonly Exact[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? (found as readonly Exact[]) : []
}

export function isObject(value: Exact | undefined): value is ExactObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Decimal)
}

/** The first code of a CodeableConcept. */
export const codeAt = (value: Exact | undefined, ...path: readonly (string | number)[]): string | undefined => textAt(value, ...path, 'coding', 0, 'code')

export function codedAt(value: Exact | undefined, name: string): Coded {
  const codings = listAt(value, name, 'coding').flatMap((one): readonly Coding[] => {
    const code = textAt(one, 'code')
    return code === undefined ? [] : [{ code, system: textAt(one, 'system'), display: textAt(one, 'display') }]
  })
  return { text: textAt(value, name, 'text') ?? codings.find(({ display }) => display !== undefined)?.display ?? codings[0]?.code ?? '', ...(codings.length === 0 ? {} : { codings }) }
}

/** The words of the first annotation. */
export const noteAt = (value: Exact | undefined): string => textAt(value, 'note', 0, 'text') ?? ''
