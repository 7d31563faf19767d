/** How a call of the node failed, before anybody knows what that means for the port. */
export type NodeFailure =
  /** An error object of JSON-RPC; `code` is the node's. */
  | { readonly kind: 'rpc'; readonly code: number }
  /** An HTTP answer without an error object; `code` is the status. `busy`: the text says that the call was not executed. */
  | { readonly kind: 'http'; readonly code: number; readonly busy: boolean }
  /** No connection was made: nothing was sent. */
  | { readonly kind: 'not-connected' }
  /** The connection ended or went silent after something was sent. `idle`: it had been waiting for use, and the node may have closed it before. */
  | { readonly kind: 'cut'; readonly idle: boolean }
  /** An answer that is not of the form that MultiChain 2.3 gives. */
  | { readonly kind: 'malformed' }

/** A failed call of the node. Stays inside the adapter: `to-ledger-error.ts` makes one of the port's errors of it. */
export class NodeError extends Error {
  override readonly name = 'NodeError'
  readonly failure: NodeFailure

  constructor(failure: NodeFailure, message: string) {
    super(message)
    this.failure = failure
  }
}

/** Whether `error` is the node's error object with one of `codes`. */
export function isRpcError(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof NodeError && error.failure.kind === 'rpc' && codes.includes(error.failure.code)
}
