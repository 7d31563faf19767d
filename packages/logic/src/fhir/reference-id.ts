/**
 * The id that a reference leads to: `Encounter/e1`, `https://a.example/fhir/Encounter/e1/_history/2` and `urn:uuid:e1` all give `e1`.
 * `undefined` for one into the resource itself (`#id`), for a search, and for what is none.
 */
export function referenceId(reference: string | undefined): string | undefined {
  if (reference === undefined || reference.startsWith('#') || reference.includes('?')) return undefined
  const id = reference.startsWith('urn:') ? reference.slice(reference.lastIndexOf(':') + 1) : reference.replace(/\/_history\/[^/]*$/, '').split('/').at(-1)
  return id !== undefined && /^[A-Za-z0-9.-]{1,64}$/.test(id) ? id : undefined
}
