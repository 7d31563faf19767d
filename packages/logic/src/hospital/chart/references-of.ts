import { asObject, asText } from '../../fhir/read-values.ts'

export interface FoundReference {
  /** The top-level element under which it stands. */
  readonly element: string
  /** As written. */
  readonly reference: string
}

const depthMax = 12

/** Every reference of a resource that leads out of it, each once per element, in the order written. */
export function referencesOf(resource: unknown): readonly FoundReference[] {
  const found = new Map<string, FoundReference>()
  for (const [element, value] of Object.entries(asObject(resource) ?? {})) {
    if (element === 'contained') continue
    collect(value, 0, (reference) => found.set(`${element}\0${reference}`, { element, reference }))
  }
  return [...found.values()]
}

function collect(value: unknown, depth: number, found: (reference: string) => void): void {
  if (depth > depthMax || typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) return value.forEach((each) => collect(each, depth + 1, found))
  for (const [name, each] of Object.entries(value)) {
    const reference = name === 'reference' ? asText(each) : undefined
    if (reference !== undefined && !reference.startsWith('#')) found(reference)
    else collect(each, depth + 1, found)
  }
}
