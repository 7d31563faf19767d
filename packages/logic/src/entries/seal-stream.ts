import { createHash } from 'node:crypto'
import type { DataKeys } from '@careledger/identity'
import { CHUNK_BYTES, chunkAad, chunkCount, concat, openingAad, randomBytes, sealAad, sealedHashPlaintext, sealedPrefix, type Entry } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { StreamedOpening } from './network-definition.ts'
import { seal, sealedHead } from './seal-payload.ts'

/** A streamed payload that lies sealed in a document, for the entry that will name it. */
export interface StoredPayload {
  readonly opening: StreamedOpening
  readonly documentId: string
  /** `head || sealed opening`: what the entry's row holds. The opening stands beside the document so that it can be read without it. */
  readonly sealed: Uint8Array
  /** Whose keys sealed it; `undefined`: the organisation's. */
  readonly patient: string | undefined
}

export interface StreamToSeal {
  readonly entry: Pick<Entry, 'id' | 'subject' | 'custodian'>
  readonly salt: Uint8Array
  readonly mediaType: string
  /** Bytes that will come; the form of the sealed chunks depends on it. */
  readonly size: number
  readonly keys: DataKeys
  readonly patient: string | undefined
  readonly documentId: string
}

export interface SealedStream {
  /** To be read once. Throws INPUT_MALFORMED where other than `size` bytes come. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** After the last chunk. */
  finish(): StoredPayload
}

/**
 * Seals a payload chunk by chunk while it comes in, with memory for two chunks, whatever its size. The document has the form of every other
 * large payload (docs/entry-format.md, "Sealing"). Sealing and hashing are synchronous, a few milliseconds at a time.
 */
export function sealStream(what: StreamToSeal, source: AsyncIterable<Uint8Array>): SealedStream {
  const { entry, salt, mediaType, size, keys, patient, documentId } = what
  const contentKey = randomBytes(32)
  const aad = sealAad(entry)
  const hash = createHash('sha256')
  let whole = false
  return {
    chunks: sealedChunks(contentKey, aad, sealedPrefix({ salt, mediaType }, size), size, counted(source)),
    finish() {
      if (!whole) throw new TypeError('The stream has not been read to its end.')
      const opening = { salt, mediaType, payloadHash: new Uint8Array(hash.digest()), size }
      return { opening, documentId, patient, sealed: concat(sealedHead(keys.wrap(contentKey), patient), seal(contentKey, sealedHashPlaintext(opening, size), openingAad(aad))) }
    },
  }

  async function* counted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let seen = 0
    for await (const piece of bytes) {
      seen += piece.length
      if (seen > size) throw new LogicError('INPUT_MALFORMED', 'More bytes came than were announced.', { details: { id: entry.id, limit: size } })
      hash.update(piece)
      yield piece
    }
    if (seen < size) throw new LogicError('INPUT_MALFORMED', 'Fewer bytes came than were announced.', { details: { id: entry.id, limit: size } })
    whole = true
  }
}

async function* sealedChunks(contentKey: Uint8Array, aad: Uint8Array, prefix: Uint8Array, size: number, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const count = chunkCount(prefix.length + size)
  const plain = new Uint8Array(CHUNK_BYTES)
  plain.set(prefix)
  let filled = prefix.length
  let chunk = 0
  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      const taken = piece.subarray(at, at + CHUNK_BYTES - filled)
      plain.set(taken, filled)
      filled += taken.length
      at += taken.length
      // The last chunk waits for the end of the source, which may still fail.
      if (filled < CHUNK_BYTES || chunk === count - 1) continue
      yield seal(contentKey, plain, chunkAad(aad, chunk++, count))
      filled = 0
    }
  }
  yield seal(contentKey, plain.subarray(0, filled), chunkAad(aad, chunk, count))
}
