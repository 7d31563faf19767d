import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { concat, utf8 } from './bytes.ts'

/** Node's one-shot SHA-256, two to five times as fast, where this runs in Node; found without importing anything, so that browsers do too. */
const nodeCrypto = (globalThis as { process?: { getBuiltinModule?(name: string): NodeCrypto | undefined } }).process?.getBuiltinModule?.('crypto')
const nodeHash = nodeCrypto?.hash
interface NodeCrypto {
  readonly hash?: (algorithm: 'sha256', data: Uint8Array, encoding: 'buffer') => Uint8Array
  readonly createHash?: (algorithm: 'sha256') => { update(data: Uint8Array): unknown; digest(): Uint8Array }
}

const sha256Of = (bytes: Uint8Array): Uint8Array => {
  if (nodeHash === undefined) return nobleSha256(bytes)
  const { buffer, byteOffset } = nodeHash('sha256', bytes, 'buffer')
  return new Uint8Array(buffer, byteOffset, 32)
}

/** SHA-256 of the parts joined; 32 bytes. */
export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => sha256Of(parts.length === 1 ? parts[0]! : concat(...parts))

/** SHA-256 of bytes that come one after another, for documents larger than memory. */
export interface RunningSha256 {
  update(bytes: Uint8Array): void
  /** The 32 bytes; nothing can be added after. */
  digest(): Uint8Array
}

export const createSha256 = (): RunningSha256 => {
  const hash = nodeCrypto?.createHash?.('sha256') ?? nobleSha256.create()
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => new Uint8Array(hash.digest()),
  }
}

const blockBytes = 64

/** HMAC-SHA-256 of the parts joined; 32 bytes (RFC 2104). */
export const hmacSha256 = (key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array => {
  const inner = new Uint8Array(blockBytes)
  inner.set(key.length > blockBytes ? sha256Of(key) : key)
  const outer = inner.map((byte) => byte ^ 0x5c)
  for (let index = 0; index < blockBytes; index++) inner[index] = inner[index]! ^ 0x36
  return sha256Of(concat(outer, sha256Of(concat(inner, ...parts))))
}

/** HKDF-SHA-256 (RFC 5869) with an empty salt. `length` is in bytes, 32 by default. */
export const hkdfSha256 = (ikm: Uint8Array, info: string, length = 32): Uint8Array => hkdf(nobleSha256, ikm, undefined, utf8(info), length)

const tags = new Map<TagName, Uint8Array>()

/** The purposes that a hash of ours may have; the set is closed, so that no value can pass as one of another kind. */
export type TagName =
  | 'entry'
  | 'signature'
  | 'batch-signature'
  | 'commitment'
  | 'aad'
  | 'leaf'
  | 'record'
  | 'checkpoint-id'
  | 'shard'
  | 'decision'

/** `SHA-256(T || T || lp(p1) || ... || lp(pn))` with `T = SHA-256("careledger/v1/" + name)`; 32 bytes. */
export const taggedHash = (name: TagName, ...parts: readonly Uint8Array[]): Uint8Array => {
  let tag = tags.get(name)
  if (tag === undefined) {
    const half = sha256Of(utf8(`careledger/v1/${name}`))
    tag = concat(half, half)
    tags.set(name, tag)
  }
  return sha256Of(prefixed(tag, parts))
}

/** `head`, then `lp` of every part, joined. */
const prefixed = (head: Uint8Array, parts: readonly Uint8Array[]): Uint8Array => {
  let length = head.length
  for (const part of parts) length += 8 + part.length
  const whole = new Uint8Array(length)
  const view = new DataView(whole.buffer)
  whole.set(head)
  let offset = head.length
  for (const part of parts) {
    view.setUint32(offset, Math.floor(part.length / 4_294_967_296))
    view.setUint32(offset + 4, part.length % 4_294_967_296)
    whole.set(part, offset + 8)
    offset += 8 + part.length
  }
  return whole
}
