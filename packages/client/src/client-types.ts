import type { z } from 'zod'
import type { actor, Contract, Contracts, ContractTree } from '@careledger/api/contracts'
import type { Signer } from '@careledger/proof'
import type { EventOptions, StreamItem } from './events.ts'

/** A query by its contract: input before parsing, output after. Errors: `Problem`. */
export interface QueryCall<I extends z.ZodType, O extends z.ZodType> {
  query(input: z.input<I>, options?: CallOptions): Promise<z.output<O>>
}

/** A command by its contract. Errors: `Problem`; after OUTCOME_UNKNOWN repeat it with the same entries. */
export interface CommandCall<I extends z.ZodType, O extends z.ZodType> {
  mutate(input: z.input<I>, options?: CallOptions): Promise<z.output<O>>
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** The calls of a tree of contracts, for example `client.hospital.records.list.query({ patient })`. */
export type CallsOf<T extends ContractTree> = {
  readonly [K in keyof T]: T[K] extends Contract<'query', infer I, infer O>
    ? QueryCall<I, O>
    : T[K] extends Contract<'command', infer I, infer O>
      ? CommandCall<I, O>
      : T[K] extends ContractTree
        ? CallsOf<T[K]>
        : never
}

export type SignedInActor = z.output<typeof actor>

/** Every operation of the platform as a typed call, and the session they are made in. */
export interface CareLedgerClient extends CallsOf<Contracts> {
  /**
   * Proves the key by a signed challenge and keeps the session from then on: the token is bound to the key, renewed before it expires,
   * and every request carries a fresh proof of possession. The clock is corrected by the server's.
   * Errors: Problem KEY_UNKNOWN, KEY_REVOKED, SIGNATURE_INVALID, UNAVAILABLE.
   */
  signIn(signer: Signer): Promise<SignedInActor>
  /**
   * Signs in by an account, with the parameters that its provider sent the browser back with; `by` is the key that `session.account.begin` was called as. The
   * session reads; what has to be signed asks for the key. Errors: Problem NOT_SIGNED_IN with `details.check` attempt, or account: it is linked to nobody.
   */
  signInByAccount(by: Signer, parameters: Readonly<Record<string, string>>): Promise<SignedInActor>
  /** For a guest of another instance: `vouch` asks home for its word, now and whenever it has ended. `signInAway` sets it. */
  introduceBy(vouch: () => Promise<{ readonly credential: string; readonly standing: string }>): void
  /** Ends the session at the server, if there is one, and forgets its token here in any case. */
  signOut(): Promise<void>
  /** A public operation with a proof of possession by a key that nobody is signed in with: a new device's, for example. Errors: Problem. */
  callAs(by: Signer, name: string, input: unknown): Promise<unknown>
  /** Calls `listener` when the server says that the session was ended elsewhere; gives what stops it. */
  onSessionEnd(listener: () => void): () => void
  /** Who is signed in; `undefined` before `signIn` and after `signOut`. */
  readonly actor: SignedInActor | undefined
  /** The key of the session; entries are signed with it. Absent where somebody is signed in by account. */
  readonly signer: Signer | undefined
  /**
   * A `fetch` of a path of this instance under the session, for what is no operation: attachments, for example. A request that is refused
   * for the clock or the token is repeated once, so a body must be one that can be read again (text, bytes, Blob). `over`: a plain `fetch`
   * to send it by.
   */
  fetch(path: string, init?: RequestInit, over?: typeof globalThis.fetch): Promise<Response>
  /** What happens, as it happens; see `followEvents`. */
  events(options?: EventOptions): AsyncGenerator<StreamItem>
  /** Now by the server's clock, as far as it is known. */
  now(): Date
}

export interface ClientSettings {
  /** Address of the instance, for example `https://care.example`; in a browser the page's own by default. */
  readonly url?: string | undefined
  readonly fetch?: typeof globalThis.fetch | undefined
  /** At most so many calls made in one tick travel in one request; 1 to 20, 10 by default. */
  readonly batchMax?: number | undefined
}
