import type { Claim, Decision, Guard } from '@careledger/data-spec'
import type { EntrySignature } from '@careledger/proof'
import type { Opening } from './network-definition.ts'
import type { StoredPayload } from './seal-stream.ts'

/** An entry as its author sends it. */
export interface SignedEntry {
  /** Canonical entry, as text or its UTF-8 bytes; at most 4,096 bytes. */
  readonly entry: string | Uint8Array
  readonly signature: EntrySignature
  readonly opening?: Opening | undefined
  /** In place of the opening, for a type whose payload is streamed: it lies sealed in a document already. */
  readonly streamed?: StoredPayload | undefined
}

export interface AcceptOptions {
  /** Who calls; every entry's author must be this party. */
  readonly actor: { readonly party: string }
  /** Must still hold at commit: what the caller's decision was made on. */
  readonly guards?: readonly Guard[] | undefined
  readonly claims?: readonly Claim[] | undefined
  readonly decisions?: readonly Decision[] | undefined
  /** Default `stored`. */
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
}

export type EntryState = 'stored' | 'sequenced' | 'anchored' | 'blocked'

/** How far an entry has come. The same for a retry. */
export interface EntryReceipt {
  readonly id: string
  readonly state: EntryState
  /** Log index, once sequenced. */
  readonly index?: number | undefined
  /** It was already there, with the same content. */
  readonly duplicate: boolean
}
