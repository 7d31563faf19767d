import { StoreError, type DocumentStore } from '@careledger/data-spec'
import { equalBytes } from '@careledger/proof'

/** Documents in a map that the test may look into and change. */
export function createInMemoryDocuments(documents = new Map<string, Uint8Array>()): DocumentStore & { readonly documents: Map<string, Uint8Array> } {
  return {
    specVersion: 'v1',
    documents,
    async put(id, bytes) {
      const known = documents.get(id)
      if (known !== undefined && !equalBytes(known, bytes)) throw new StoreError('STORE_CONFLICT', 'Another document has this id.')
      documents.set(id, bytes.slice())
    },
    async get(id) { return documents.get(id)?.slice() },
    async delete(id) { documents.delete(id) },
    async list({ after, limit }) { return [...documents.keys()].sort().filter((id) => after === undefined || id > after).slice(0, limit) },
    async health() { return { ok: true, problems: [] } },
    async close() {},
  }
}
