import { ProofError } from './proof-error.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const asciiDecoder = new TextDecoder('latin1')

/** Node's base64, many times as fast for long texts, where this runs in Node; found without importing anything, so that browsers do too. */
const nodeBuffer = (globalThis as { process?: { getBuiltinModule?(name: string): { Buffer?: NodeBuffer } | undefined } }).process?.getBuiltinModule?.('buffer')?.Buffer
interface NodeBuffer {
  from(text: string, encoding: 'base64' | 'base64url'): NodeBytes
  from(memory: ArrayBufferLike, offset: number, length: number): NodeBytes
}
type NodeBytes = Uint8Array & { toString(encoding: 'base64' | 'base64url'): string }
/** From this many characters on, asking Node pays. */
const nodeBase64Min = 128

/** UTF-8 bytes of a text. A lone surrogate is `MALFORMED`, never replaced. */
export const utf8 = (text: string): Uint8Array => {
  if (text.length <= shortMax) {
    const bytes = shortAscii(text)
    if (bytes !== undefined) return bytes
  }
  if (!text.isWellFormed()) throw new ProofError('MALFORMED', 'The text holds a lone surrogate.')
  return encoder.encode(text)
}

/** Up to this length a loop is faster than a call of the platform's encoder. */
const shortMax = 48

/** `undefined` for a text with a character beyond ASCII. */
const shortAscii = (text: string): Uint8Array | undefined => {
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) return undefined
    bytes[index] = code
  }
  return bytes
}

/** Text of UTF-8 bytes; a byte order mark stays a character. Invalid UTF-8 is `MALFORMED`. */
export const fromUtf8 = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new ProofError('MALFORMED', 'The bytes are not UTF-8.', {}, cause)
  }
}

const base64urlDigits = encoder.encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
const base64Digits = encoder.encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')

/** Base64url without padding (RFC 4648 §5). */
export const toBase64url = (bytes: Uint8Array): string => encodeBase64(bytes, base64urlDigits)

/**
 * Bytes of base64url text without padding. `MALFORMED` for any other character, a length of 4n+1, or unused bits that are not zero:
 * one value has one text.
 */
export const fromBase64url = (text: string): Uint8Array => decodeBase64(text, base64urlValues)

/** Base64 with padding (RFC 4648 §4), as signed notes use it. */
export const toBase64 = (bytes: Uint8Array): string => {
  const text = encodeBase64(bytes, base64Digits)
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

/** Bytes of padded base64 text; strict like `fromBase64url`. */
export const fromBase64 = (text: string): Uint8Array => {
  if (text.length % 4 !== 0) throw new ProofError('MALFORMED', 'Base64 text is not padded.')
  return decodeBase64(text.replace(/={1,2}$/, ''), base64Values)
}

/** Lower-case hex digits. */
export const toHex = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += hexPairs[byte]
  return text
}

/** Bytes of lower-case hex digits; anything else is `MALFORMED`. */
export const fromHex = (text: string): Uint8Array => {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) throw new ProofError('MALFORMED', 'The text is not lower-case hex.')
  const bytes = new Uint8Array(text.length / 2)
  for (let index = 0; index < bytes.length; index++) bytes[index] = (hexDigit(text.charCodeAt(2 * index)) << 4) | hexDigit(text.charCodeAt(2 * index + 1))
  return bytes
}

/** The value of a digit that was checked before. */
const hexDigit = (code: number): number => (code < 0x3a ? code - 0x30 : code - 0x57)

/** One array of all parts, in order. */
export const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Equal length and bytes. Not for secrets: it stops at the first difference. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

/** An integer 0..2^53-1 as 8 bytes, big-endian. Anything else is a `TypeError`. */
export const u64 = (value: number): Uint8Array => {
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError('u64 takes an integer from 0 to 2^53-1.')
  const bytes = new Uint8Array(8)
  for (let index = 7, rest = value; rest > 0; index--, rest = Math.floor(rest / 256)) bytes[index] = rest
  return bytes
}

/** The integer of 8 big-endian bytes at `offset`; above 2^53-1 or out of range is `MALFORMED`. */
export const readU64 = (bytes: Uint8Array, offset = 0): number => {
  if (bytes.length < offset + 8) throw new ProofError('MALFORMED', 'Eight bytes were expected.', { offset })
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 8)
  const value = view.getUint32(0) * 4_294_967_296 + view.getUint32(4)
  if (!Number.isSafeInteger(value)) throw new ProofError('MALFORMED', 'The integer is larger than 2^53-1.', { offset })
  return value
}

/** Length prefix: `u64(length) || bytes`. */
export const lp = (bytes: Uint8Array): Uint8Array => concat(u64(bytes.length), bytes)

/** Bytes from the platform's secure random generator. Few are taken out of a supply, which is asked for at once; none is given twice. */
export const randomBytes = (length: number): Uint8Array => {
  if (length <= fewMax) return takeRandom(length)
  const bytes = new Uint8Array(length)
  for (let offset = 0; offset < length; offset += 65_536) crypto.getRandomValues(bytes.subarray(offset, offset + 65_536))
  return bytes
}

const fewMax = 64
const supply = new Uint8Array(4096)
let supplyLeft = 0

const takeRandom = (length: number): Uint8Array => {
  if (supplyLeft < length) {
    crypto.getRandomValues(supply)
    supplyLeft = supply.length
  }
  supplyLeft -= length
  const taken = supply.slice(supplyLeft, supplyLeft + length)
  supply.fill(0, supplyLeft, supplyLeft + length)
  return taken
}

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const valuesOf = (digits: Uint8Array): Uint8Array => {
  const values = new Uint8Array(256).fill(255)
  digits.forEach((digit, value) => {
    values[digit] = value
  })
  return values
}
const base64urlValues = valuesOf(base64urlDigits)
const base64Values = valuesOf(base64Digits)

const encodeBase64 = (bytes: Uint8Array, digits: Uint8Array): string => {
  if (nodeBuffer !== undefined && digits === base64urlDigits && bytes.length >= nodeBase64Min) return nodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
  const text = new Uint8Array(Math.ceil((bytes.length * 4) / 3))
  let at = 0
  for (let index = 0; index < bytes.length; index += 3) {
    const group = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0)
    text[at++] = digits[group >> 18]!
    text[at++] = digits[(group >> 12) & 63]!
    if (at < text.length) text[at++] = digits[(group >> 6) & 63]!
    if (at < text.length) text[at++] = digits[group & 63]!
  }
  return asciiDecoder.decode(text)
}

/** Node reads leniently; what it writes again as it stood was strict. The loop finds what is wrong with the rest. */
const decodeByNode = (text: string): Uint8Array | undefined => {
  const found = nodeBuffer?.from(text, 'base64url')
  return found !== undefined && found.toString('base64url') === text ? new Uint8Array(found) : undefined
}

const decodeBase64 = (text: string, values: Uint8Array): Uint8Array => {
  if (values === base64urlValues && text.length >= nodeBase64Min) {
    const found = decodeByNode(text)
    if (found !== undefined) return found
  }
  const rest = text.length % 4
  if (rest === 1) throw new ProofError('MALFORMED', 'The text is not base64: its length cannot be.')
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let at = 0
  let group = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    const value = code < 256 ? values[code]! : 255
    if (value === 255) throw new ProofError('MALFORMED', 'The text holds a character that is not base64.', { offset: index })
    group = (group << 6) | value
    if (index % 4 === 3) {
      bytes[at++] = group >> 16
      bytes[at++] = group >> 8
      bytes[at++] = group
      group = 0
    }
  }
  if (rest === 2) {
    if ((group & 15) !== 0) throw new ProofError('MALFORMED', 'Base64 text ends in bits that are not zero.')
    bytes[at] = group >> 4
  } else if (rest === 3) {
    if ((group & 3) !== 0) throw new ProofError('MALFORMED', 'Base64 text ends in bits that are not zero.')
    bytes[at] = group >> 10
    bytes[at + 1] = group >> 2
  }
  return bytes
}
