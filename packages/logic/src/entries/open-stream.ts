import { CHUNK_BYTES, chunkAad, chunkCount, openCommitment, openingAad, parseSealedHash, SEAL_OVERHEAD_BYTES, sealAad, sealedPrefix, type Entry } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { readDocument } from './document-stream.ts'
import type { Opening, StreamedOpening } from './network-definition.ts'
import { unseal, type SealedHead } from './seal-payload.ts'

/** Whether a row's sealed bytes are those of a streamed payload: an opening stands behind the head, and the payload in a document. */
export function holdsStream<T extends { readonly sealed?: Uint8Array | undefined; readonly documentId?: string | undefined }>(stored: T, head: SealedHead): stored is T & { readonly documentId: string } {
  return stored.documentId !== undefined && stored.sealed !== undefined && stored.sealed.length > head.length
}

export function isStreamed(opened: Opening | StreamedOpening | string | undefined): opened is StreamedOpening {
  return typeof opened === 'object' && 'payloadHash' in opened
}

/** Opens what stands beside a streamed payload and checks it against the commitment. Throws when it is not what was sealed or signed. */
export function openStreamedOpening(entry: Entry, contentKey: Uint8Array, sealed: Uint8Array): StreamedOpening {
  const { opening, payloadBytes } = parseSealedHash(unseal(contentKey, sealed, openingAad(sealAad(entry))))
  openCommitment(entry.payload as string, opening)
  return { ...opening, size: payloadBytes }
}

const sealedChunkBytes = CHUNK_BYTES + SEAL_OVERHEAD_BYTES

/**
 * Bytes `from` to `to` (exclusive) of a streamed payload, opened chunk by chunk: only the chunks that hold them are read. Every chunk is
 * authenticated in its place; the whole is compared with its hash by audit only. Throws CORRUPTION naming the entry where the document is
 * missing or is not what was sealed; errors of the store pass.
 */
export async function* openStream(parts: Pick<Parts, 'documents'>, entry: Entry, documentId: string, contentKey: Uint8Array, opening: StreamedOpening, { from, to }: { readonly from: number; readonly to: number }): AsyncGenerator<Uint8Array> {
  const corrupt = (message: string, cause?: unknown): LogicError => new LogicError('CORRUPTION', message, { cause, details: { id: entry.id } })
  const prefix = sealedPrefix(opening, opening.size).length
  const plainBytes = prefix + opening.size
  const count = chunkCount(plainBytes)
  const documentBytes = plainBytes + count * SEAL_OVERHEAD_BYTES
  if (from === to) return
  const first = Math.floor((prefix + from) / CHUNK_BYTES)
  const end = Math.floor((prefix + to - 1) / CHUNK_BYTES) + 1
  const read = await readDocument(parts.documents, documentId, (size) => (size === documentBytes ? { from: first * sealedChunkBytes, to: Math.min(end * sealedChunkBytes, documentBytes) } : undefined))
  if (read === undefined) throw new LogicError('CORRUPTION', 'The document with the sealed payload is missing.', { details: { id: entry.id, missing: true } })
  if (read === 'other-size') throw corrupt('The document with the sealed payload has another size.')
  const aad = sealAad(entry)
  let chunk = first
  for await (const sealed of cutInto(read, sealedChunkBytes)) {
    let plain: Uint8Array
    try {
      plain = unseal(contentKey, sealed, chunkAad(aad, chunk, count))
    } catch (cause) {
      throw corrupt('The document with the sealed payload does not open.', cause)
    }
    const start = chunk * CHUNK_BYTES - prefix
    const wanted = plain.subarray(Math.max(0, from - start), Math.min(plain.length, to - start))
    if (wanted.length > 0) yield wanted
    chunk++
  }
  if (chunk !== end) throw corrupt('The document with the sealed payload ends early.')
}

/** Joins and cuts pieces into such of `bytes`, the last as long as it comes. */
async function* cutInto(pieces: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  const held = new Uint8Array(bytes)
  let filled = 0
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const taken = piece.subarray(at, at + bytes - filled)
      held.set(taken, filled)
      filled += taken.length
      at += taken.length
      if (filled < bytes) continue
      yield held
      filled = 0
    }
  }
  if (filled > 0) yield held.subarray(0, filled)
}
