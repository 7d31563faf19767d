import type { Parts } from '@careledger/logic'

/** Documents in a map: the port's plainest reading. */
export function inMemoryDocuments(): Parts['documents'] {
  const documents = new Map<string, Uint8Array>()
  return {
    specVersion: 'v1',
    async put(id, bytes) {
      documents.set(id, bytes.slice())
    },
    get: async (id) => documents.get(id)?.slice(),
    async delete(id) {
      documents.delete(id)
    },
    list: async ({ after = '', limit }) => [...documents.keys()].filter((id) => id > after).sort().slice(0, limit),
    health: async () => ({ ok: true, problems: [] }),
    close: async () => undefined,
  }
}
