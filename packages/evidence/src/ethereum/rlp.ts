import { EvidenceError } from '../evidence-error.ts'

export type Rlp = Uint8Array | readonly Rlp[]

/** Deepest nesting that anything here has: list of logs, log, topics. */
const depthMax = 8

/** Reads one RLP item that fills `bytes`, in the one form that the yellow paper (appendix B) allows. EvidenceError otherwise. */
export function decodeRlp(bytes: Uint8Array): Rlp {
  const { item, end } = readItem(bytes, 0, bytes.length, 0)
  if (end !== bytes.length) throw malformed()
  return item
}

/** RLP of a byte string or a list. */
export function encodeRlp(item: Rlp): Uint8Array {
  if (item instanceof Uint8Array) return item.length === 1 && (item[0] ?? 0) < 0x80 ? item : withHead(0x80, item)
  const parts = item.map(encodeRlp)
  const body = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    body.set(part, offset)
    offset += part.length
  }
  return withHead(0xc0, body)
}

/** EvidenceError unless it is a byte string. */
export function bytesOf(item: Rlp | undefined): Uint8Array {
  if (!(item instanceof Uint8Array)) throw malformed()
  return item
}

/** EvidenceError unless it is a list. */
export function listOf(item: Rlp | undefined): readonly Rlp[] {
  if (item === undefined || item instanceof Uint8Array) throw malformed()
  return item
}

/** A non-negative integer without leading zeros, at most 2^53 - 1. */
export function numberOf(item: Rlp | undefined): number {
  const bytes = bytesOf(item)
  if (bytes[0] === 0 || bytes.length > 7) throw malformed()
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  if (!Number.isSafeInteger(value)) throw malformed()
  return value
}

function readItem(bytes: Uint8Array, at: number, limit: number, depth: number): { readonly item: Rlp; readonly end: number } {
  const head = bytes[at]
  if (head === undefined || at >= limit || depth > depthMax) throw malformed()
  if (head < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 }
  const isList = head >= 0xc0
  const { start, length } = readLength(bytes, at, isList ? 0xc0 : 0x80)
  const end = start + length
  if (end > limit) throw malformed()
  if (!isList) {
    const item = bytes.subarray(start, end)
    if (length === 1 && (item[0] ?? 0) < 0x80) throw malformed()
    return { item, end }
  }
  const items: Rlp[] = []
  for (let next = start; next < end;) {
    const read = readItem(bytes, next, end, depth + 1)
    items.push(read.item)
    next = read.end
  }
  return { item: items, end }
}

function readLength(bytes: Uint8Array, at: number, base: number): { readonly start: number; readonly length: number } {
  const short = (bytes[at] ?? 0) - base
  if (short <= 55) return { start: at + 1, length: short }
  const width = short - 55
  const digits = bytes.subarray(at + 1, at + 1 + width)
  if (digits.length !== width || digits[0] === 0 || width > 4) throw malformed()
  const length = digits.reduce((sum, byte) => sum * 256 + byte, 0)
  if (length <= 55) throw malformed()
  return { start: at + 1 + width, length }
}

function withHead(base: number, body: Uint8Array): Uint8Array {
  const digits: number[] = []
  for (let rest = body.length; body.length > 55 && rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  const head = digits.length === 0 ? [base + body.length] : [base + 55 + digits.length, ...digits]
  const encoded = new Uint8Array(head.length + body.length)
  encoded.set(head)
  encoded.set(body, head.length)
  return encoded
}

function malformed(): EvidenceError {
  return new EvidenceError('The evidence is not RLP of the form described.')
}
