import { fromUtf8 } from './bytes.ts'
import { ProofError, type ProofErrorCode } from './proof-error.ts'

/** A JSON value with its place: `start` inclusive, `end` exclusive, byte offsets in the input; white space around it is outside. */
export type JsonNode = JsonObjectNode | JsonArrayNode | JsonStringNode | JsonNumberNode | JsonBooleanNode | JsonNullNode
interface Place {
  readonly start: number
  readonly end: number
}
export interface JsonObjectNode extends Place {
  readonly kind: 'object'
  /** In the order of the text. */
  readonly members: ReadonlyMap<string, JsonNode>
}
export interface JsonArrayNode extends Place {
  readonly kind: 'array'
  readonly items: readonly JsonNode[]
}
export interface JsonStringNode extends Place {
  readonly kind: 'string'
  readonly value: string
}
export interface JsonNumberNode extends Place {
  readonly kind: 'number'
  /** As written, for example `1.10`: a number's text is part of its meaning in FHIR. */
  readonly raw: string
}
export interface JsonBooleanNode extends Place {
  readonly kind: 'boolean'
  readonly value: boolean
}
export interface JsonNullNode extends Place {
  readonly kind: 'null'
}

/** Bounds for hostile texts. */
export interface ReadJsonOptions {
  /** Deepest nesting of arrays and objects; at most 512, 64 by default. */
  readonly depthMax?: number | undefined
  /** Most members and items over the whole text; no bound by default. */
  readonly membersMax?: number | undefined
}

/**
 * Reads any JSON text (RFC 8259) without changing it: numbers stay text and every node knows its bytes, so that a Bundle can be cut
 * into the exact bytes of each resource.
 *
 * Errors, each with `offset`: `MALFORMED` (not JSON, not UTF-8, byte order mark, lone surrogate, text after the value),
 * `DUPLICATE_MEMBER` (with `path`), `TOO_DEEP`, `TOO_LARGE`.
 */
export const readJson = (bytes: Uint8Array, options: ReadJsonOptions = {}): JsonNode => {
  const depthMax = Math.min(options.depthMax ?? 64, 512)
  const reader: Reader = { bytes, ascii: asciiOf(bytes), at: 0, depthLeft: depthMax, membersLeft: options.membersMax ?? Infinity, path: [] }
  skipSpace(reader)
  const node = readValue(reader)
  skipSpace(reader)
  if (reader.at < bytes.length) throw failure(reader, 'MALFORMED', 'There is text after the value.')
  return node
}

/** Plain values of a node, numbers by `JSON.parse`; for showing and searching, never for hashing. */
export const nodeValue = (node: JsonNode): unknown => {
  switch (node.kind) {
    case 'object': {
      const value: Record<string, unknown> = {}
      for (const [name, member] of node.members) {
        if (name !== '__proto__') value[name] = nodeValue(member)
        else Object.defineProperty(value, name, { value: nodeValue(member), enumerable: true, writable: true, configurable: true })
      }
      return value
    }
    case 'array':
      return node.items.map(nodeValue)
    case 'number':
      return Number(node.raw)
    case 'null':
      return null
    default:
      return node.value
  }
}

interface Reader {
  readonly bytes: Uint8Array
  /** The whole text where it is ASCII only: its texts are cut out of it. */
  readonly ascii: string | undefined
  at: number
  depthLeft: number
  membersLeft: number
  readonly path: (string | number)[]
}

const failure = (reader: Reader, code: ProofErrorCode, message: string, offset = reader.at): ProofError =>
  new ProofError(code, message, { offset, path: pathText(reader.path) })

const pathText = (path: readonly (string | number)[]): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')

/** Each character of ASCII is one byte, and no other is. */
const asciiOf = (bytes: Uint8Array): string | undefined => {
  try {
    const text = fromUtf8(bytes)
    return text.length === bytes.length ? text : undefined
  } catch {
    return undefined
  }
}

const skipSpace = (reader: Reader): void => {
  for (;;) {
    const byte = reader.bytes[reader.at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
    reader.at++
  }
}

const readValue = (reader: Reader): JsonNode => {
  const byte = reader.bytes[reader.at]
  if (byte === 0x22) return readText(reader)
  if (byte === 0x7b) return nested(reader, readObject)
  if (byte === 0x5b) return nested(reader, readArray)
  if (byte === 0x74) return readWord(reader, 'true', { kind: 'boolean', value: true })
  if (byte === 0x66) return readWord(reader, 'false', { kind: 'boolean', value: false })
  if (byte === 0x6e) return readWord(reader, 'null', { kind: 'null' })
  return readNumber(reader)
}

const nested = (reader: Reader, read: (reader: Reader) => JsonNode): JsonNode => {
  if (reader.depthLeft === 0) throw failure(reader, 'TOO_DEEP', 'The text is nested too deeply.')
  reader.depthLeft--
  const node = read(reader)
  reader.depthLeft++
  return node
}

const countMember = (reader: Reader): void => {
  if (reader.membersLeft <= 0) throw failure(reader, 'TOO_LARGE', 'The text has too many members.')
  reader.membersLeft--
}

const readObject = (reader: Reader): JsonObjectNode => {
  const start = reader.at++
  const members = new Map<string, JsonNode>()
  skipSpace(reader)
  if (reader.bytes[reader.at] === 0x7d) return { kind: 'object', start, end: ++reader.at, members }
  for (;;) {
    countMember(reader)
    const nameAt = reader.at
    if (reader.bytes[nameAt] !== 0x22) throw failure(reader, 'MALFORMED', 'A member name was expected.')
    const name = readText(reader).value
    reader.path.push(name)
    if (members.has(name)) throw failure(reader, 'DUPLICATE_MEMBER', 'A member name stands twice in one object.', nameAt)
    skipSpace(reader)
    expectByte(reader, 0x3a, 'A colon was expected.')
    skipSpace(reader)
    members.set(name, readValue(reader))
    reader.path.pop()
    skipSpace(reader)
    if (reader.bytes[reader.at] === 0x7d) return { kind: 'object', start, end: ++reader.at, members }
    expectByte(reader, 0x2c, 'A comma or the end of the object was expected.')
    skipSpace(reader)
  }
}

const readArray = (reader: Reader): JsonArrayNode => {
  const start = reader.at++
  const items: JsonNode[] = []
  skipSpace(reader)
  if (reader.bytes[reader.at] === 0x5d) return { kind: 'array', start, end: ++reader.at, items }
  for (;;) {
    countMember(reader)
    reader.path.push(items.length)
    items.push(readValue(reader))
    reader.path.pop()
    skipSpace(reader)
    if (reader.bytes[reader.at] === 0x5d) return { kind: 'array', start, end: ++reader.at, items }
    expectByte(reader, 0x2c, 'A comma or the end of the array was expected.')
    skipSpace(reader)
  }
}

const expectByte = (reader: Reader, byte: number, message: string): void => {
  if (reader.bytes[reader.at] !== byte) throw failure(reader, 'MALFORMED', message)
  reader.at++
}

type Word = { readonly kind: 'boolean'; readonly value: boolean } | { readonly kind: 'null' }
const readWord = (reader: Reader, word: string, node: Word): JsonNode => {
  const start = reader.at
  for (let index = 0; index < word.length; index++) expectByte(reader, word.charCodeAt(index), 'The value is not JSON.')
  return { ...node, start, end: reader.at }
}

/** Finds the closing quote by bytes, then lets the platform decode: it knows every escape, and refuses control characters. */
const readText = (reader: Reader): JsonStringNode => {
  const { bytes } = reader
  const start = reader.at
  let at = start + 1
  let escaped = false
  for (;;) {
    const byte = bytes[at]
    if (byte === undefined || byte < 0x20) throw failure(reader, 'MALFORMED', 'A text is not closed, or holds a control character.', at)
    if (byte === 0x22) break
    if (byte === 0x5c) {
      escaped = true
      at++
    }
    at++
  }
  reader.at = at + 1
  const value = decodeText(reader, start, at, escaped)
  return { kind: 'string', start, end: at + 1, value }
}

const decodeText = (reader: Reader, start: number, end: number, escaped: boolean): string => {
  if (reader.ascii !== undefined && !escaped) return reader.ascii.slice(start + 1, end)
  try {
    const value = escaped ? (JSON.parse(fromUtf8(reader.bytes.subarray(start, end + 1))) as string) : fromUtf8(reader.bytes.subarray(start + 1, end))
    if (!escaped || value.isWellFormed()) return value
  } catch {
    throw failure(reader, 'MALFORMED', 'A text holds a wrong escape or is not UTF-8.', start)
  }
  throw failure(reader, 'MALFORMED', 'A text holds a lone surrogate.', start)
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39

const readNumber = (reader: Reader): JsonNumberNode => {
  const { bytes } = reader
  const start = reader.at
  let at = start
  const digits = (): void => {
    if (!isDigit(bytes[at])) throw failure(reader, 'MALFORMED', 'The value is not JSON.', at)
    while (isDigit(bytes[at])) at++
  }
  if (bytes[at] === 0x2d) at++
  if (bytes[at] === 0x30) at++
  else digits()
  if (bytes[at] === 0x2e) {
    at++
    digits()
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at++
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++
    digits()
  }
  reader.at = at
  return { kind: 'number', start, end: at, raw: reader.ascii === undefined ? fromUtf8(bytes.subarray(start, at)) : reader.ascii.slice(start, at) }
}
