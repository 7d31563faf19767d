/** Small readers of parsed FHIR JSON. They never throw: what has another form than expected is absent. */

export type Json = { readonly [name: string]: unknown }

export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** First object of a list, or the object itself. */
export function first(value: unknown): Json | undefined {
  return asObject(asList(value)[0])
}

/** What a CodeableConcept or Coding says to people: its text, a display, or a code; of a list, the first that says something. */
export function conceptText(value: unknown): string | undefined {
  for (const each of asList(value)) {
    const concept = asObject(each)
    if (concept === undefined) continue
    const codings = asList(concept['coding']).map(asObject)
    const found = asText(concept['text']) ?? asText(concept['display']) ?? codings.map((coding) => asText(coding?.['display'])).find((text) => text !== undefined)
      ?? codings.map((coding) => asText(coding?.['code'])).find((text) => text !== undefined) ?? asText(concept['code'])
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether one of the concept's codings has this code. */
export function hasCode(value: unknown, code: string): boolean {
  return asList(asObject(value)?.['coding']).some((coding) => asObject(coding)?.['code'] === code)
}

/** The first code of a CodeableConcept, for statuses. */
export function conceptCode(value: unknown): string | undefined {
  return asText(first(asObject(value)?.['coding'])?.['code']) ?? asText(asObject(value)?.['text'])
}

/** The value of a choice element such as `value[x]`, by its base name, with the name it stands under. */
export function choice(resource: Json, base: string): { readonly name: string; readonly value: unknown } | undefined {
  for (const [name, value] of Object.entries(resource)) {
    if (name.startsWith(base) && /^[A-Z]/.test(name.slice(base.length)) && value !== undefined) return { name, value }
  }
  return undefined
}

/** The codings of a CodeableConcept that have a code. */
export function codingsIn(concept: unknown): readonly { readonly system?: string; readonly code: string }[] {
  return asList(asObject(concept)?.['coding']).flatMap((coding) => {
    const { system, code } = asObject(coding) ?? {}
    return typeof code === 'string' ? [{ ...(typeof system === 'string' ? { system } : {}), code }] : []
  })
}
