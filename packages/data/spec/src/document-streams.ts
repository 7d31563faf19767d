/**
 * The part of a DocumentStore that carries documents larger than memory. A store without it keeps what `put` takes, and callers refuse
 * larger attachments. It shares ids with `put`, `get`, `delete` and `list`: a document is the same however it came in or goes out.
 */
export interface DocumentStreams {
  /**
   * [stream-1] Stores the joined chunks as one document, whole and durable when resolved; until then no call sees anything of it.
   * [stream-2] Same id and bytes again: success. Same id, other bytes: STORE_CONFLICT. [stream-3] When `chunks` throws or `signal` is aborted,
   * rejects with that very reason, ends `chunks`, and leaves nothing behind. [stream-4] A chunk is the store's until the next one is asked
   * for; chunks may have any size, and none need be. The store asks for the next only while it holds less than 64 MiB of this document.
   */
  write(id: string, chunks: AsyncIterable<Uint8Array>, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
  /**
   * [stream-5] Bytes `from` (default 0) to `to` (exclusive; default the end) in pieces of any size, none empty; `undefined`: no such
   * document. A range that is not within the document is STORE_INVALID. [stream-6] Nothing is fetched before the first piece is asked for
   * and little ahead of the reader; breaking off frees what it holds.
   */
  read(id: string, range?: DocumentRange): Promise<DocumentRead | undefined>
}

/** Bytes of a document: 0 ≤ `from` ≤ `to` ≤ its size. */
export interface DocumentRange {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export interface DocumentRead {
  /** Bytes of the whole document, whatever the range. */
  readonly size: number
  /** To be read once. */
  readonly chunks: AsyncIterable<Uint8Array>
}
