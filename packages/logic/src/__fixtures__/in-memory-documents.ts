import { createInMemoryDocuments as createDocuments } from '@careledger/data-in-memory'
import type { DocumentStore } from '@careledger/data-spec'

/** Documents in a map that the test may look into and change. */
export function createInMemoryDocuments(documents = new Map<string, Uint8Array>()): DocumentStore & { readonly documents: Map<string, Uint8Array> } {
  return { ...createDocuments({ documents }), documents, async close() {} }
}
