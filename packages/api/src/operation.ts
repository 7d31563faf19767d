import type { z } from 'zod'
import type { Parts } from '@careledger/logic'
import type { Actor, Authentication, PendingProof, Session } from '@careledger/identity'
import type { Contract, ContractTree } from './contracts/contract.ts'
import { Problem } from './contracts/problem.ts'

/** What an operation's body gets besides its input. Made once for each call by the transport; never kept after the call. */
export interface Context {
  /** Logic's parts: stores, vaults, ledgers, log. */
  readonly parts: Parts
  /** Identity's checks and tokens, for the operations of `session` and `identity`. */
  readonly auth: Authentication
  /** Who calls; `undefined` only where the contract's rule is `public`. Use `signedIn(context)` to have it for sure. */
  readonly actor: Actor | undefined
  /** The session behind the caller's token; `undefined` without a token. */
  readonly session: Session | undefined
  /** In calls without a token: the thumbprint of the key that the request's verified DPoP proof was made with, if there is one. */
  readonly possession: string | undefined
  /** The request's proof of possession where the operation may use it up in a write of its own; the transport does it before the answer where it did not. */
  readonly proof?: PendingProof | undefined
  /** On a route that streams: the bytes that come with the call. To be read once. */
  readonly body?: AsyncIterable<Uint8Array> | undefined
  /** On a route that streams: takes the bytes that go out behind the answer. */
  readonly reply?: ((chunks: AsyncIterable<Uint8Array>) => void) | undefined
  /** Bytes of the request's body as declared; `undefined` where that is not known. */
  readonly bodyBytes?: number | undefined
  /** Where the call comes from, for the rate limit of callers without a key; never logged beside a patient's doing. */
  readonly address: string
  /** The instance's own origin as the caller addressed it; `undefined` outside HTTP. */
  readonly origin?: string | undefined
  /** Random, in every log line and every Problem of the call. */
  readonly requestId: string
  /** Server time at which the call began; every decision of the call uses this instant. */
  readonly now: Date
  /** Aborted when the caller goes away or the server stops. */
  readonly signal: AbortSignal
}

/** A contract with its body. Nothing calls `run` but `invoke`, which checks the rule and parses both sides. */
export interface Operation<C extends Contract = Contract> {
  readonly contract: C
  readonly run: (context: Context, input: z.output<C['input']>) => Promise<z.input<C['output']>>
  /** Whether it uses the request's proof up in a write of its own, where it is called alone. */
  readonly usesProof?: boolean | undefined
}

/** An operation whose input and output types are no longer known; only `invoke` takes one. */
export interface AnyOperation {
  readonly contract: Contract
  readonly run: (context: Context, input: never) => Promise<unknown>
  readonly usesProof?: boolean | undefined
}

/** A tree of operations with the same paths as its contracts. */
export type OperationTree = { readonly [name: string]: AnyOperation | OperationTree }

/** The tree of operations that implements a tree of contracts: every contract has its body, and nothing else is in it. */
export type OperationsOf<T extends ContractTree> = {
  readonly [K in keyof T]: T[K] extends Contract ? Operation<T[K]> : T[K] extends ContractTree ? OperationsOf<T[K]> : never
}

/**
 * Joins a contract with its body. The input that `run` gets has been parsed, and what it returns is parsed by the contract's output before
 * it is sent: an unknown member in it is a defect and answered as INTERNAL.
 */
export function implement<C extends Contract>(
  contract: C,
  run: (context: Context, input: z.output<C['input']>) => Promise<z.input<C['output']>>,
  options: { readonly usesProof?: boolean | undefined } = {},
): Operation<C> {
  return { contract, run, ...options }
}

/** The caller. Errors: Problem NOT_SIGNED_IN where there is none. */
export function signedIn(context: Context): Actor {
  if (context.actor === undefined) throw new Problem('NOT_SIGNED_IN', 'Sign in first.')
  return context.actor
}

/** The origin that public addresses are made with. Errors: Problem UNAVAILABLE for a call that came by no address. */
export function originOf(context: Context): string {
  if (context.origin === undefined) throw new Problem('UNAVAILABLE', 'This works over HTTP only.')
  return context.origin
}

export function isOperation(value: AnyOperation | OperationTree): value is AnyOperation {
  return typeof (value as AnyOperation).run === 'function'
}

/** Every operation of a tree by its dotted path. Errors: `TypeError` where a path is not its contract's name. */
export function operationsByName(tree: OperationTree): ReadonlyMap<string, AnyOperation> {
  const found = new Map<string, AnyOperation>()
  collect(tree, '', found)
  return found
}

function collect(tree: OperationTree, prefix: string, found: Map<string, AnyOperation>): void {
  for (const [name, value] of Object.entries(tree)) {
    const path = prefix === '' ? name : `${prefix}.${name}`
    if (!isOperation(value)) {
      collect(value, path, found)
      continue
    }
    if (value.contract.name !== path) throw new TypeError(`Operation ${value.contract.name} stands at ${path}.`)
    found.set(path, value)
  }
}
