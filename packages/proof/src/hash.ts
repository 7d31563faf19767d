import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { concat, u64, utf8 } from './bytes.ts'

/** SHA-256 of the parts joined; 32 bytes. */
export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array =>
  nobleSha256(parts.length === 1 ? parts[0]! : concat(...parts))

/** HMAC-SHA-256 of the parts joined; 32 bytes (RFC 2104). */
export const hmacSha256 = (key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array => hmac(nobleSha256, key, concat(...parts))

/** HKDF-SHA-256 (RFC 5869) with an empty salt. `length` is in bytes, 32 by default. */
export const hkdfSha256 = (ikm: Uint8Array, info: string, length = 32): Uint8Array => hkdf(nobleSha256, ikm, undefined, utf8(info), length)

type Running = ReturnType<typeof nobleSha256.create>
const midstates = new Map<TagName, Running>()

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

/**
 * `SHA-256(T || T || lp(p1) || ... || lp(pn))` with `T = SHA-256("careledger/v1/" + name)`; 32 bytes.
 * `T || T` fills one block of SHA-256, whose state is kept.
 */
export const taggedHash = (name: TagName, ...parts: readonly Uint8Array[]): Uint8Array => {
  let midstate = midstates.get(name)
  if (midstate === undefined) {
    const tag = nobleSha256(utf8(`careledger/v1/${name}`))
    midstate = nobleSha256.create().update(tag).update(tag)
    midstates.set(name, midstate)
  }
  return midstate.clone().update(prefixed(parts)).digest()
}

/** `lp` of every part, joined. */
const prefixed = (parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const part of parts) length += 8 + part.length
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(u64(part.length), offset)
    whole.set(part, offset + 8)
    offset += 8 + part.length
  }
  return whole
}
