import { concat, fromBase64url, fromUtf8, lp, randomBytes, readU64, u64, utf8 } from './bytes.ts'
import { checkOpening, type HashOpening, type PayloadOpening } from './commitment.ts'
import type { Entry } from './entry.ts'
import { taggedHash } from './hash.ts'
import { uuidBytes } from './identifiers.ts'
import { ProofError } from './proof-error.ts'
import { unshared, type WebCryptoKey } from './web-crypto.ts'

/** What is sealed: `lp(salt) || lp(mediaType) || lp(payload)`; salt, bytes and link die together. */
export const sealedPlaintext = (opening: PayloadOpening): Uint8Array => {
  checkOpening(opening)
  return concat(lp(opening.salt), lp(utf8(opening.mediaType)), lp(opening.payload))
}

/** Reads what `sealedPlaintext` wrote; the payload is a view of `bytes`. `MALFORMED` for anything else. */
export const parseSealedPlaintext = (bytes: Uint8Array): PayloadOpening => {
  let at = 0
  const next = (): Uint8Array => {
    const length = readU64(bytes, at)
    if (length > bytes.length - at - 8) throw new ProofError('MALFORMED', 'The sealed text ends too early.', { offset: at })
    at += 8 + length
    return bytes.subarray(at - length, at)
  }
  const opening = { salt: next(), mediaType: fromUtf8(next()), payload: next() }
  if (at !== bytes.length) throw new ProofError('MALFORMED', 'There are bytes after the sealed text.', { offset: at })
  checkOpening(opening)
  return opening
}

/** What stands in front of the payload in the sealed text; with it, a document can be sealed while its bytes come in. */
export const sealedPrefix = (opening: Pick<PayloadOpening, 'salt' | 'mediaType'>, payloadBytes: number): Uint8Array => {
  checkOpening(opening)
  return concat(lp(opening.salt), lp(utf8(opening.mediaType)), u64(payloadBytes))
}

/** What is sealed beside a streamed document, so that salt, media type, hash and size are known without it: `lp(salt) || lp(mediaType) || lp(sha256) || u64(size)`. */
export const sealedHashPlaintext = (opening: HashOpening, payloadBytes: number): Uint8Array => {
  checkOpening(opening)
  return concat(lp(opening.salt), lp(utf8(opening.mediaType)), lp(opening.payloadHash), u64(payloadBytes))
}

/** Reads what `sealedHashPlaintext` wrote. `MALFORMED` for anything else. */
export const parseSealedHash = (bytes: Uint8Array): { readonly opening: HashOpening; readonly payloadBytes: number } => {
  if (bytes.length < 8) throw new ProofError('MALFORMED', 'The sealed text ends too early.', { offset: 0 })
  const { salt, mediaType, payload } = parseSealedPlaintext(bytes.subarray(0, bytes.length - 8))
  if (payload.length !== 32) throw new ProofError('MALFORMED', 'A SHA-256 has 32 bytes.')
  return { opening: { salt, mediaType, payloadHash: payload }, payloadBytes: readU64(bytes, bytes.length - 8) }
}

/** Additional data of it: `aad || "opening"`, of a length that no other has. */
export const openingAad = (aad: Uint8Array): Uint8Array => concat(aad, utf8('opening'))

/** Additional data of a sealed payload: `H("aad", subject or nothing, entry id as 16 bytes, custodian)`, 32 bytes. */
export const sealAad = (entry: Pick<Entry, 'id' | 'subject' | 'custodian'>): Uint8Array =>
  taggedHash('aad', entry.subject === undefined ? new Uint8Array(0) : fromBase64url(entry.subject), uuidBytes(entry.id), utf8(entry.custodian))

/** Bytes that sealing adds to each piece: a 12-byte nonce before, a 16-byte tag after. */
export const SEAL_OVERHEAD_BYTES = 28
/** Plaintext bytes in each chunk of a large document but the last. */
export const CHUNK_BYTES = 1_048_576

/** AES-256-GCM under a fresh content key of 32 bytes: `nonce(12) || ciphertext || tag(16)`. */
export const seal = async (contentKey: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Promise<Uint8Array> => {
  const nonce = randomBytes(12)
  const key = await importKey(contentKey, 'encrypt')
  return concat(nonce, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: unshared(nonce), additionalData: unshared(aad) }, key, unshared(plaintext))))
}

/** Opens what `seal` made. `UNSEAL_FAILED` for any other key, data or bytes. */
export const unseal = async (contentKey: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Promise<Uint8Array> => {
  if (sealed.length < SEAL_OVERHEAD_BYTES) throw new ProofError('UNSEAL_FAILED', 'The sealed bytes are too short.')
  const key = await importKey(contentKey, 'decrypt')
  try {
    const parameters = { name: 'AES-GCM', iv: unshared(sealed.subarray(0, 12)), additionalData: unshared(aad) }
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, unshared(sealed.subarray(12))))
  } catch (cause) {
    throw new ProofError('UNSEAL_FAILED', 'The sealed bytes do not open under this key.', {}, cause)
  }
}

/** Additional data of chunk `chunk` of `count`: `aad || u64(chunk) || u64(count)`. */
export const chunkAad = (aad: Uint8Array, chunk: number, count: number): Uint8Array => concat(aad, u64(chunk), u64(count))

/** Chunks of a plaintext of so many bytes; at least one. */
export const chunkCount = (plaintextBytes: number): number => Math.max(1, Math.ceil(plaintextBytes / CHUNK_BYTES))

/** Seals a large document: each chunk as `seal` does, joined. Every chunk but the last holds `CHUNK_BYTES` of plaintext. */
export const sealChunks = async (contentKey: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Promise<Uint8Array> => {
  const count = chunkCount(plaintext.length)
  const pieces: Uint8Array[] = []
  for (let chunk = 0; chunk < count; chunk++) {
    pieces.push(await seal(contentKey, plaintext.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES), chunkAad(aad, chunk, count)))
  }
  return concat(...pieces)
}

/** Opens what `sealChunks` made. `UNSEAL_FAILED` when a chunk was changed, moved, added or left out. */
export const unsealChunks = async (contentKey: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Promise<Uint8Array> => {
  const pieceBytes = CHUNK_BYTES + SEAL_OVERHEAD_BYTES
  const count = Math.max(1, Math.ceil(sealed.length / pieceBytes))
  const pieces: Uint8Array[] = []
  for (let chunk = 0; chunk < count; chunk++) {
    pieces.push(await unseal(contentKey, sealed.subarray(chunk * pieceBytes, (chunk + 1) * pieceBytes), chunkAad(aad, chunk, count)))
  }
  return concat(...pieces)
}

const importKey = (contentKey: Uint8Array, use: 'encrypt' | 'decrypt'): Promise<WebCryptoKey> => {
  if (contentKey.length !== 32) throw new TypeError('A content key has 32 bytes.')
  return crypto.subtle.importKey('raw', unshared(contentKey), 'AES-GCM', false, [use])
}
