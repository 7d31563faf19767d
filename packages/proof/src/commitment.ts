import { equalBytes, fromBase64url, randomBytes, toBase64url, utf8 } from './bytes.ts'
import type { CanonicalValue } from './canonical-json.ts'
import { sha256, taggedHash } from './hash.ts'
import { ProofError } from './proof-error.ts'
import { readMembers } from './read-members.ts'

/** A payload, or only its SHA-256, with what binds it to an entry. */
export type Opening = PayloadOpening | HashOpening
export interface PayloadOpening {
  /** 32 bytes from the author's secure random generator. */
  readonly salt: Uint8Array
  /** For example `application/fhir+json`; at most 128 characters. */
  readonly mediaType: string
  /** The exact bytes received. */
  readonly payload: Uint8Array
}
export interface HashOpening {
  readonly salt: Uint8Array
  readonly mediaType: string
  /** SHA-256 of the payload: shows which bytes are meant, not the bytes. */
  readonly payloadHash: Uint8Array
}

const mediaTypePattern = /^(?=.{3,128}$)[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*(; ?[A-Za-z0-9-]+=[A-Za-z0-9!#$&^_.+-]+)*$/

/** A new salt. */
export const newSalt = (): Uint8Array => randomBytes(32)

/**
 * The 32 bytes that an entry's `payload` holds: `H("commitment", salt, mediaType, SHA-256(payload))`. Errors: `MALFORMED` for a salt
 * that has not 32 bytes or a media type of another form.
 */
export const commit = (opening: Opening): Uint8Array => {
  checkOpening(opening)
  const payloadHash = 'payload' in opening ? sha256(opening.payload) : opening.payloadHash
  if (payloadHash.length !== 32) throw new ProofError('MALFORMED', 'A SHA-256 has 32 bytes.')
  return taggedHash('commitment', opening.salt, utf8(opening.mediaType), payloadHash)
}

/** Returns when the opening gives the commitment, and throws `COMMITMENT_MISMATCH` when not. Other errors as `commit`. */
export const openCommitment = (commitment: Uint8Array | string, opening: Opening): void => {
  const expected = typeof commitment === 'string' ? fromBase64url(commitment) : commitment
  if (!equalBytes(commit(opening), expected)) throw new ProofError('COMMITMENT_MISMATCH', 'The opening does not give the commitment.')
}

/** What a server checks before it takes an opening: `SALT_WEAK` for 32 equal bytes, which hide nothing. */
export const checkSalt = (salt: Uint8Array): void => {
  if (salt.every((byte) => byte === salt[0])) throw new ProofError('SALT_WEAK', 'A salt of equal bytes hides nothing.', { path: 'salt' })
}

/** Checks the form of salt and media type. */
export const checkOpening = (opening: Pick<Opening, 'salt' | 'mediaType'>): void => {
  if (opening.salt.length !== 32) throw new ProofError('MALFORMED', 'A salt has 32 bytes.', { path: 'salt' })
  if (!mediaTypePattern.test(opening.mediaType)) throw new ProofError('MALFORMED', 'The media type does not have the form of one.', { path: 'mediaType' })
}

/** The opening as JSON: bytes as base64url. */
export type OpeningJson = { readonly salt: string; readonly mediaType: string; readonly payload: string } | { readonly salt: string; readonly mediaType: string; readonly sha256: string }

/** The opening with its bytes as base64url, as proof files and requests carry it. */
export const openingToJson = (opening: Opening): OpeningJson => {
  const { mediaType } = opening
  const salt = toBase64url(opening.salt)
  return 'payload' in opening ? { salt, mediaType, payload: toBase64url(opening.payload) } : { salt, mediaType, sha256: toBase64url(opening.payloadHash) }
}

/** Checks a parsed value as an opening. */
export const openingFromJson = (value: CanonicalValue, path = 'opening'): Opening => {
  const members = readMembers(value, path)
  const salt = fromBase64url(members.bytesText('salt', 32))
  const mediaType = members.text('mediaType', mediaTypePattern)
  const opening: Opening = members.has('payload')
    ? { salt, mediaType, payload: fromBase64url(members.text('payload', /^[A-Za-z0-9_-]*$/)) }
    : { salt, mediaType, payloadHash: fromBase64url(members.bytesText('sha256', 32)) }
  members.end()
  return opening
}
