import fc from 'fast-check'
import { canonicalize } from '../index.ts'

/** The bytes with one of them changed. */
export const changedByte = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> => {
  const flips = fc.oneof(fc.integer({ min: 0, max: 7 }).map((bit) => 1 << bit), fc.integer({ min: 1, max: 255 }))
  return fc.tuple(fc.nat({ max: bytes.length - 1 }), flips).map(([at, flip]) => Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ flip : byte)))
}

/** The canonical text with one member or item left out, or put where another was, or emptied; canonical again. */
export const changedJson = (text: string): fc.Arbitrary<string> => {
  const value = JSON.parse(text) as object
  const place = fc.constantFrom(...placesOf(value))
  return fc.tuple(place, place, fc.constantFrom('remove' as const, 'replace' as const, 'empty' as const, 'number' as const)).map(([to, from, way]) => {
    const changed = structuredClone(value)
    const next = { remove: undefined, replace: structuredClone(valueAt(value, from)), empty: '', number: 3 }[way]
    const parent = valueAt(changed, to.slice(0, -1)) as Record<string, unknown>
    if (Array.isArray(parent) && next === undefined) parent.splice(Number(to.at(-1)), 1)
    else if (next === undefined) delete parent[to.at(-1)!]
    else parent[to.at(-1)!] = next
    return canonicalize(changed)
  })
}

type Place = readonly string[]
const placesOf = (value: unknown, place: Place = []): readonly Place[] => {
  const below = typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, member]) => placesOf(member, [...place, name])) : []
  return place.length === 0 ? below : [place, ...below]
}
const valueAt = (value: unknown, place: Place): unknown => place.reduce((current, step) => (current as Record<string, unknown>)[step], value)
