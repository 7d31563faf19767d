import { concat, fromHex, randomBytes, toHex } from './bytes.ts'
import { canonicalBytes } from './canonical-json.ts'
import { hmacSha256 } from './hash.ts'
import { lastId } from './last-id.ts'
import { ProofError } from './proof-error.ts'

/** RFC 9562 text of a UUIDv7 or UUIDv8, lower case. */
export const entryIdPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
export const networkPattern = /^[a-z][a-z0-9-]{0,30}$/
/** Stable id of a person, a system or an organisation. */
export const partyPattern = /^[a-z0-9][a-z0-9-]{0,63}$/
export const entryTypePattern = /^(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** The 16 bytes of a UUID's text; `MALFORMED` for any other text. */
export const uuidBytes = (uuid: string): Uint8Array => {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) throw new ProofError('MALFORMED', 'The text is not a lower-case UUID.')
  return fromHex(uuid.replaceAll('-', ''))
}

/** The text of 16 bytes as a UUID. */
export const uuidText = (bytes: Uint8Array): string => {
  if (bytes.length !== 16) throw new ProofError('MALFORMED', 'A UUID has 16 bytes.')
  const hex = toHex(bytes)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/**
 * A new UUIDv7 (RFC 9562 §5.7). `now` is in milliseconds since 1970 or a `Date`; 74 random bits, of which the upper 12 count within one
 * millisecond. Ids of one process rise strictly, even when its clock stands still or goes back.
 */
export const newEntryId = (now: number | Date = Date.now()): string => {
  const ms = Math.floor(Number(now))
  const random = randomBytes(10)
  if (ms > lastId.ms) {
    lastId.ms = ms
    lastId.counter = ((random[0]! << 8) | random[1]!) & 0x7ff
  } else if (lastId.counter < 0xfff) {
    lastId.counter++
  } else {
    lastId.ms++
    lastId.counter = 0
  }
  const time = fromHex(lastId.ms.toString(16).padStart(12, '0'))
  const tail = random.subarray(2)
  tail[0] = 0x80 | (tail[0]! & 0x3f)
  return uuidText(concat(time, Uint8Array.of(0x70 | (lastId.counter >> 8), lastId.counter & 0xff), tail))
}

/** Which step of which thing an exclusive entry is. */
export interface Slot {
  readonly network: string
  /** What kind of step, for example `pack-owner`. */
  readonly kind: string
  /** The thing it is exclusive for: an id that means nothing to a stranger. */
  readonly thing: string
  /** Step number from 0. */
  readonly n: number
}

/**
 * The UUIDv8 (RFC 9562 §5.8) that every writer of one exclusive step derives alike: the first 16 bytes of HMAC-SHA-256 under the
 * network's slot key over the canonical `[network, kind, thing, n]`, with version and variant set.
 */
export const slotId = (slotKey: Uint8Array, slot: Slot): string => {
  const bytes = hmacSha256(slotKey, canonicalBytes([slot.network, slot.kind, slot.thing, slot.n])).slice(0, 16)
  bytes[6] = 0x80 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  return uuidText(bytes)
}
