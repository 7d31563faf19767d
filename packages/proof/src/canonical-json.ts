import { fromUtf8, utf8 } from './bytes.ts'
import { ProofError } from './proof-error.ts'
import { readJson } from './read-json.ts'

/** What RFC 8785 can write. Members whose value is `undefined` count as absent. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue | undefined }
/** What objects hashed by us may hold: numbers are integers 0..2^53-1, and there is no null. */
export type CanonicalValue = string | number | boolean | readonly CanonicalValue[] | { readonly [name: string]: CanonicalValue | undefined }

/** Deepest nesting that the canonical functions take. */
export const CANONICAL_DEPTH_MAX = 64

/**
 * The RFC 8785 text of any JSON value. Errors: `MALFORMED` for a lone surrogate or a number that is not finite, `TOO_DEEP` beyond
 * `CANONICAL_DEPTH_MAX`. A value that is not JSON (function, symbol, bigint) is a `TypeError`.
 */
export const canonicalize = (value: JsonValue | object): string => write(value, 0, false)

/**
 * The RFC 8785 bytes of a value that may be hashed: as `canonicalize`, but null and any number that is not an integer 0..2^53-1 are
 * `NOT_CANONICAL`.
 */
export const canonicalBytes = (value: CanonicalValue | object): Uint8Array => utf8(write(value, 0, true))

/**
 * Reads the bytes of a value that may be hashed. Anything but the one canonical text of one such value is refused: `MALFORMED`
 * (not JSON, not UTF-8, byte order mark, lone surrogate), `DUPLICATE_MEMBER`, `NOT_CANONICAL`, `TOO_DEEP`.
 */
export const parseCanonical = (bytes: Uint8Array): CanonicalValue => {
  const text = fromUtf8(bytes)
  let value: CanonicalValue
  try {
    value = JSON.parse(text) as CanonicalValue
  } catch {
    throw reasonOf(bytes)
  }
  if (write(value, 0, true) !== text) throw reasonOf(bytes)
  return value
}

/** The slow reader names the place and the reason; what it accepts was JSON, but written otherwise. */
const reasonOf = (bytes: Uint8Array): ProofError => {
  try {
    readJson(bytes, { depthMax: CANONICAL_DEPTH_MAX })
  } catch (error) {
    if (error instanceof ProofError) return error
    throw error
  }
  return new ProofError('NOT_CANONICAL', 'The text is not in its canonical form (RFC 8785).')
}

const write = (value: unknown, depth: number, hashed: boolean): string => {
  switch (typeof value) {
    case 'string':
      return writeString(value)
    case 'number':
      return writeNumber(value, hashed)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value !== null) return writeContainer(value, depth, hashed)
      if (hashed) throw new ProofError('NOT_CANONICAL', 'null is never hashed: leave the member out.')
      return 'null'
    default:
      throw new TypeError(`A ${typeof value} is not a JSON value.`)
  }
}

const writeContainer = (value: object, depth: number, hashed: boolean): string => {
  if (depth >= CANONICAL_DEPTH_MAX) throw new ProofError('TOO_DEEP', `Nested deeper than ${CANONICAL_DEPTH_MAX}.`)
  if (Array.isArray(value)) {
    let text = '['
    for (let index = 0; index < value.length; index++) {
      if (index > 0) text += ','
      text += write(value[index], depth + 1, hashed)
    }
    return `${text}]`
  }
  const members = value as Readonly<Record<string, unknown>>
  let text = ''
  for (const name of sortedNames(members)) {
    const member = members[name]
    if (member === undefined) continue
    text += `${text === '' ? '{' : ','}${writeString(name)}:${write(member, depth + 1, hashed)}`
  }
  return text === '' ? '{}' : `${text}}`
}

/** By UTF-16 code units (RFC 8785 §3.2.3), which is how `<` and `sort` compare. */
const sortedNames = (members: object): readonly string[] => {
  const names = Object.keys(members)
  for (let index = 1; index < names.length; index++) if (names[index - 1]! > names[index]!) return names.sort()
  return names
}

const plain = /^[ !#-[\]-~]*$/

const writeString = (value: string): string => {
  if (value.length < 64 && plain.test(value)) return `"${value}"`
  if (!value.isWellFormed()) throw new ProofError('MALFORMED', 'A text holds a lone surrogate.')
  return JSON.stringify(value)
}

const writeNumber = (value: number, hashed: boolean): string => {
  if (hashed && !(Number.isSafeInteger(value) && value >= 0)) throw new ProofError('NOT_CANONICAL', 'Only integers from 0 to 2^53-1 are hashed.')
  if (!Number.isFinite(value)) throw new ProofError('MALFORMED', 'A number is not finite.')
  return String(value === 0 ? 0 : value)
}
