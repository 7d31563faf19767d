import type { DocumentStore } from '@careledger/data-spec'
import { LogicError } from '../logic-error.ts'

/** What a store without the part for streams keeps in one piece; larger is refused. */
export const unstreamedBytesMax = 64 * 1_048_576

/** Stores chunks as one document. Errors: INPUT_TOO_LARGE where the store does not stream and they are more than 64 MiB; those of `chunks` and the store. */
export async function writeDocument(documents: DocumentStore, id: string, chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
  if (documents.streams !== undefined) return documents.streams.write(id, chunks, { signal })
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    signal?.throwIfAborted()
    bytes += chunk.length
    if (bytes > unstreamedBytesMax) throw new LogicError('INPUT_TOO_LARGE', 'The document store of this instance takes at most 64 MiB at once.', { details: { limit: unstreamedBytesMax } })
    parts.push(chunk.slice())
  }
  await documents.put(id, new Uint8Array(Buffer.concat(parts)))
}

/**
 * Bytes of a document, the range chosen by its size. `undefined`: there is no such document; `other-size`: `range` gave none for this size.
 */
export async function readDocument(documents: DocumentStore, id: string, range: (size: number) => { readonly from: number; readonly to: number } | undefined): Promise<AsyncIterable<Uint8Array> | 'other-size' | undefined> {
  if (documents.streams === undefined) {
    const whole = await documents.get(id)
    const wanted = whole === undefined ? undefined : range(whole.length)
    if (whole === undefined) return undefined
    return wanted === undefined ? 'other-size' : one(whole.subarray(wanted.from, wanted.to))
  }
  const size = (await documents.streams.read(id))?.size
  if (size === undefined) return undefined
  const wanted = range(size)
  if (wanted === undefined) return 'other-size'
  return (await documents.streams.read(id, wanted))?.chunks
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}
