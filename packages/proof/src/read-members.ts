import { fromBase64url } from './bytes.ts'
import type { CanonicalValue } from './canonical-json.ts'
import { ProofError } from './proof-error.ts'

type CanonicalObject = { readonly [name: string]: CanonicalValue | undefined }

/** Reads one object strictly: each member is asked for by name, and `end` refuses those that nobody asked for. */
export interface MemberReader {
  readonly path: string
  has(name: string): boolean
  text(name: string, pattern: RegExp): string
  optionalText(name: string, pattern: RegExp): string | undefined
  /** Base64url text of exactly `length` bytes, given back as text. */
  bytesText(name: string, length: number): string
  optionalBytesText(name: string, length: number): string | undefined
  integer(name: string, max: number): number
  items(name: string, max: number): readonly CanonicalValue[]
  object(name: string): MemberReader
  value(name: string): CanonicalValue
  end(): void
}

export const readMembers = (value: CanonicalValue | undefined, path: string): MemberReader => {
  if (typeof value !== 'object' || Array.isArray(value)) throw malformed(path, 'An object was expected.')
  return createReader(value as CanonicalObject, path)
}

const malformed = (path: string, message: string): ProofError => new ProofError('MALFORMED', path === '' ? message : `${path}: ${message}`, { path })

/** `name` below `path`. */
export const below = (path: string, name: string | number): string =>
  typeof name === 'number' ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`

const createReader = (members: CanonicalObject, path: string): MemberReader => {
  const asked = new Set<string>()
  const has = (name: string): boolean => {
    asked.add(name)
    return Object.hasOwn(members, name) && members[name] !== undefined
  }
  const value = (name: string): CanonicalValue => {
    if (!has(name)) throw new ProofError('MISSING_MEMBER', `${below(path, name)} is missing.`, { path: below(path, name) })
    return members[name]!
  }
  const text = (name: string, pattern: RegExp): string => {
    const found = value(name)
    if (typeof found !== 'string' || !pattern.test(found)) throw malformed(below(path, name), 'The text does not have the form of this member.')
    return found
  }
  const bytesText = (name: string, length: number): string => {
    const found = value(name)
    if (typeof found !== 'string') throw malformed(below(path, name), 'Base64url text was expected.')
    return readBytesText(found, length, below(path, name))
  }
  return {
    path,
    has,
    value,
    text,
    optionalText: (name, pattern) => (has(name) ? text(name, pattern) : undefined),
    bytesText,
    optionalBytesText: (name, length) => (has(name) ? bytesText(name, length) : undefined),
    integer: (name, max) => {
      const found = value(name)
      if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < 0 || found > max) throw malformed(below(path, name), `An integer from 0 to ${max} was expected.`)
      return found
    },
    items: (name, max) => {
      const found = value(name)
      if (!Array.isArray(found)) throw malformed(below(path, name), 'An array was expected.')
      if (found.length > max) throw new ProofError('TOO_LARGE', `${below(path, name)} holds more than ${max} items.`, { path: below(path, name) })
      return found as readonly CanonicalValue[]
    },
    object: (name) => readMembers(value(name), below(path, name)),
    end: () => {
      for (const name of Object.keys(members)) {
        if (!asked.has(name)) throw new ProofError('UNKNOWN_MEMBER', `${below(path, name)} is not a member of this form.`, { path: below(path, name) })
      }
    },
  }
}

/** Checks base64url text of exactly `length` bytes and gives it back. */
export const readBytesText = (text: CanonicalValue, length: number, path: string): string => {
  if (typeof text !== 'string') throw malformed(path, 'Base64url text was expected.')
  if (text.length !== Math.ceil((length * 4) / 3)) throw malformed(path, `Base64url text of ${length} bytes was expected.`)
  try {
    fromBase64url(text)
  } catch {
    throw malformed(path, `Base64url text of ${length} bytes was expected.`)
  }
  return text
}
