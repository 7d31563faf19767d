import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import type { DataKeys } from '@careledger/identity'
import { CHUNK_BYTES, chunkAad, chunkCount, concat, parseSealedPlaintext, randomBytes, SEAL_OVERHEAD_BYTES, sealAad, sealedPlaintext, uuidBytes, uuidText, type Entry } from '@careledger/proof'
import type { Opening } from './network-definition.ts'

/** Sealed payloads above this many bytes go to the document store. */
export const inlineBytesMax = 262_144

/**
 * A sealed payload as it is stored: `head || sealed`, where head is 0x01 || patient UUID (16) || wrapped content key (40) for a patient's
 * and 0x00 || wrapped content key (40) for an organisation's. The patient id is random and means nothing once its keys are gone. Of a
 * streamed payload the row holds `head || sealed opening`: see `seal-stream.ts`.
 */
export interface SealedPayload {
  readonly head: Uint8Array
  /** `nonce(12) || ciphertext || tag(16)`, in chunks of 1 MiB when it goes to the document store. */
  readonly body: Uint8Array
}
export interface SealedHead {
  readonly patient?: string | undefined
  readonly wrapped: Uint8Array
  /** Where the body starts. */
  readonly length: number
}

/** Seals an opening under a fresh content key, which `keys` wrap. Synchronous. */
export function sealPayload(entry: Entry, opening: Opening, keys: DataKeys, patient: string | undefined): SealedPayload {
  const contentKey = randomBytes(32)
  const plaintext = sealedPlaintext(opening)
  const head = sealedHead(keys.wrap(contentKey), patient)
  const aad = sealAad(entry)
  if (plaintext.length <= inlineBytesMax) return { head, body: seal(contentKey, plaintext, aad) }
  const count = chunkCount(plaintext.length)
  const chunks: Uint8Array[] = []
  for (let chunk = 0; chunk < count; chunk++) chunks.push(seal(contentKey, plaintext.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES), chunkAad(aad, chunk, count)))
  return { head, body: concat(...chunks) }
}

/** `wrapped`: content key, wrapped. */
export function sealedHead(wrapped: Uint8Array, patient: string | undefined): Uint8Array {
  return patient === undefined ? concat(Uint8Array.of(0), wrapped) : concat(Uint8Array.of(1), uuidBytes(patient), wrapped)
}

/** `undefined` when the bytes do not have the form of a head. */
export function readSealedHead(sealed: Uint8Array): SealedHead | undefined {
  if (sealed[0] === 0 && sealed.length >= 41) return { wrapped: sealed.subarray(1, 41), length: 41 }
  if (sealed[0] === 1 && sealed.length >= 57) return { patient: uuidText(sealed.subarray(1, 17)), wrapped: sealed.subarray(17, 57), length: 57 }
  return undefined
}

/** Opens a body with its content key. Throws when key, place or bytes are not the ones it was sealed with. `chunked`: it is a document. */
export function unsealPayload(entry: Entry, contentKey: Uint8Array, body: Uint8Array, chunked: boolean): Opening {
  const aad = sealAad(entry)
  if (!chunked) return parseSealedPlaintext(unseal(contentKey, body, aad))
  const size = CHUNK_BYTES + SEAL_OVERHEAD_BYTES
  const count = Math.max(1, Math.ceil(body.length / size))
  const chunks: Uint8Array[] = []
  for (let chunk = 0; chunk < count; chunk++) chunks.push(unseal(contentKey, body.subarray(chunk * size, (chunk + 1) * size), chunkAad(aad, chunk, count)))
  return parseSealedPlaintext(concat(...chunks))
}

/** `nonce(12) || ciphertext || tag(16)`. */
export function seal(contentKey: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(plaintext.length + SEAL_OVERHEAD_BYTES)
  sealed.set(randomBytes(12))
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(contentKey), sealed.subarray(0, 12))
  cipher.setAAD(aad)
  sealed.set(cipher.update(plaintext), 12)
  cipher.final()
  sealed.set(cipher.getAuthTag(), 12 + plaintext.length)
  return sealed
}

/** Throws when key, place or bytes are not the ones it was sealed with. */
export function unseal(contentKey: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  if (sealed.length < SEAL_OVERHEAD_BYTES) throw new RangeError('The sealed bytes are too short.')
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(contentKey), sealed.subarray(0, 12), { authTagLength: 16 })
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(sealed.length - 16))
  const plain = decipher.update(sealed.subarray(12, sealed.length - 16))
  decipher.final()
  return new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength)
}
