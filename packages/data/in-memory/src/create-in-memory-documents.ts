import { checkDocumentId, checkLimit, checkRange, invalid, SourceFailure, takeChunks } from '@careledger/data-kit'
import { StoreError, type DocumentStore } from '@careledger/data-spec'

export interface InMemoryDocumentsSettings {
  /** The documents by id, to be looked into, changed, or shared between stores. Default: none yet. */
  readonly documents?: Map<string, Uint8Array> | undefined
}

/** A DocumentStore in memory: for tests, and the plainest reading of the port. Durable for as long as the map is. */
export function createInMemoryDocuments({ documents = new Map() }: InMemoryDocumentsSettings = {}): DocumentStore {
  let closed = false
  const check = (id?: string): void => {
    if (closed) throw new StoreError('STORE_CLOSED', 'The document store is closed.')
    if (id !== undefined) checkDocumentId(id)
  }
  const put = (id: string, bytes: Uint8Array): void => {
    const known = documents.get(id)
    if (known !== undefined && Buffer.compare(known, bytes) !== 0) throw new StoreError('STORE_CONFLICT', 'Another document has this id.', { details: { id } })
    documents.set(id, bytes)
  }
  return {
    specVersion: 'v1',
    async put(id, bytes) {
      check(id)
      if (!(bytes instanceof Uint8Array)) throw invalid('A document is bytes.')
      put(id, bytes.slice())
    },
    async get(id) {
      check(id)
      return documents.get(id)?.slice()
    },
    async delete(id) {
      check(id)
      documents.delete(id)
    },
    async list({ after, limit }) {
      check()
      checkLimit(limit)
      return [...documents.keys()].filter((id) => after === undefined || id > after).sort().slice(0, limit)
    },
    streams: {
      async write(id, chunks, { signal } = {}) {
        check(id)
        const parts: Uint8Array[] = []
        try {
          for await (const chunk of takeChunks(chunks, signal)) parts.push(chunk.slice())
        } catch (error) {
          throw error instanceof SourceFailure ? error.cause : error
        }
        check()
        put(id, new Uint8Array(Buffer.concat(parts)))
      },
      async read(id, range = {}) {
        check(id)
        const document = documents.get(id)
        if (document === undefined) return undefined
        const { from, to } = checkRange(range, document.length)
        return { size: document.length, chunks: pieces(document, from, to) }
      },
    },
    async health() { return closed ? { ok: false, problems: ['The document store is closed.'] } : { ok: true, problems: [] } },
    async close() { closed = true },
  }
}

const pieceBytes = 65_536

async function* pieces(document: Uint8Array, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += pieceBytes) yield document.slice(at, Math.min(at + pieceBytes, to))
}
