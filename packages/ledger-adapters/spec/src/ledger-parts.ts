import type { RecordId, StreamName } from './ledger-record.ts'

/**
 * Streams that only their members can read.
 * [private-1] Outside `members`, `data`, `id`, `key` and `digest` are unreadable and cannot be tested by somebody who guesses
 * them; that and how many records were appended, and when, may be seen. Same verbs, same clauses.
 */
export interface PrivateStreams {
  /**
   * Makes `stream` private to `members`, accounts as this ledger names writers. Before its first record only; the same members
   * again count as done. LEDGER_CONFLICT: the stream exists with other members, or is public.
   */
  open(stream: StreamName, members: readonly string[]): Promise<void>
}

/** Who may read and write a stream. [membership-1] Takes effect for every append that starts after it resolved. */
export interface Membership {
  grant(stream: StreamName, member: string, right: 'read' | 'write'): Promise<void>
  revoke(stream: StreamName, member: string, right: 'read' | 'write'): Promise<void>
  list(stream: StreamName): Promise<readonly { readonly member: string; readonly right: 'read' | 'write' }[]>
}

/**
 * Bytes that prove a final record to somebody without a node; `format` names the document that says how.
 * [evidence-1] `undefined` for what is not final; otherwise the same record gives a proof that names it for ever.
 */
export interface Evidence {
  evidence(stream: StreamName, id: RecordId): Promise<{ readonly format: string; readonly bytes: Uint8Array } | undefined>
}
