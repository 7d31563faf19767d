import type { DocumentStoreClause } from '@careledger/data-conformance'
import type { DocumentStore, DocumentStreams } from '@careledger/data-spec'
import { createInMemoryDocuments } from '../index.ts'

/** Makes a document store wrong in one way. */
export type SpoilDocuments = (store: DocumentStore, documents: Map<string, Uint8Array>) => DocumentStore

const streams = (change: (real: DocumentStreams, store: DocumentStore, documents: Map<string, Uint8Array>) => Partial<DocumentStreams>): SpoilDocuments => (store, documents) => {
  const real = store.streams as DocumentStreams
  return { ...store, streams: { ...real, ...change(real, store, documents) } }
}
const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code
const shared = createInMemoryDocuments()

/** One document store for each clause, named after the clause that it breaks. */
export const wrongDocuments: Readonly<Record<DocumentStoreClause, SpoilDocuments>> = {
  'create-1': () => ({ ...shared, close: async () => undefined }),
  'document-1': (store) => ({ ...store, get: async (id) => (await store.get(id))?.slice(0, 1_000_000) }),
  'document-2': (store, documents) => ({ ...store, async put(id, bytes) {
    documents.delete(id)
    await store.put(id, bytes)
  } }),
  'document-3': (store) => ({ ...store, async delete(id) {
    if ((await store.get(id)) === undefined) throw new Error('There is no such document.')
    await store.delete(id)
  } }),
  'document-4': (store, documents) => ({ ...store, async list(query) {
    const all = await store.list(query)
    return [...documents.keys()].filter((id) => all.includes(id))
  } }),
  'document-5': (store, documents) => ({ ...store, get: async (id) => documents.get(id)?.slice() }),
  'bytes-1': (store, documents) => ({ ...store, get: async (id) => (await store.get(id)) && documents.get(id) }),
  'close-1': (store) => ({ ...store, close: async () => undefined }),
  'stream-1': streams((real, _store, documents) => ({ write: (id, chunks, options) => real.write(id, (async function* () {
    for await (const chunk of chunks) {
      documents.set(id, chunk.slice())
      yield chunk
    }
    documents.delete(id)
  })(), options) })),
  'stream-2': streams((real) => ({ write: (id, chunks, options) => real.write(id, chunks, options).catch((error: unknown) => {
    if (codeOf(error) !== 'STORE_CONFLICT') throw error
  }) })),
  'stream-3': streams((real) => ({ write: (id, chunks) => real.write(id, chunks) })),
  'stream-4': streams((real) => ({ async write(id, chunks, options) {
    const kept: Uint8Array[] = []
    await real.write(`${id}-draft`, (async function* () {
      for await (const chunk of chunks) {
        kept.push(chunk)
        yield chunk
      }
    })(), options).finally(() => shared.delete(id))
    await real.write(id, (async function* () { yield* kept })())
  } })),
  'stream-5': streams((real) => ({ read: async (id, range) => real.read(id, range === undefined ? range : { ...range, to: range.to === undefined ? undefined : range.to + 1 }) })),
  'stream-6': streams((real) => ({ async read(id, range) {
    const read = await real.read(id, range)
    const empty = async function* (chunks: AsyncIterable<Uint8Array>) {
      yield new Uint8Array(0)
      yield* chunks
    }
    return read === undefined ? undefined : { ...read, chunks: empty(read.chunks) }
  } })),
}
