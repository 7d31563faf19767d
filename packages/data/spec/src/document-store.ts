import type { DocumentStreams } from './document-streams.ts'

/**
 * Large sealed payloads, beside the DataStore. Content is ciphertext; a document is immutable. [document-5] An id is 1..128 of `a-z`,
 * `0-9`, `-` and `_`, beginning with a letter or digit; others are STORE_INVALID. [bytes-1] What goes in and comes out is a copy.
 * [close-1] Every call after `close` rejects with STORE_CLOSED; closing again is success.
 */
export interface DocumentStore {
  readonly specVersion: 'v1'
  /** [document-1] Durable when resolved. [document-2] Same id and bytes again: success. Same id, other bytes: STORE_CONFLICT. */
  put(id: string, bytes: Uint8Array): Promise<void>
  /** `undefined`: no such document. */
  get(id: string): Promise<Uint8Array | undefined>
  /** [document-3] Idempotent; after it resolves, `get` gives `undefined`. */
  delete(id: string): Promise<void>
  /** [document-4] Ids after `after`, ascending by code unit; at most `limit` (1..1,000). Fewer than `limit`: there are no more. */
  list(query: { readonly after?: string | undefined; readonly limit: number }): Promise<readonly string[]>
  /** Documents larger than memory; absent where the store has no such part. */
  readonly streams?: DocumentStreams | undefined
  health(): Promise<{ readonly ok: boolean; readonly problems: readonly string[] }>
  close(): Promise<void>
}
