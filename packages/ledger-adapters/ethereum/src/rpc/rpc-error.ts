/** The node's own answer to a call: it was executed, or refused, and says so. `code`, `message` and `data` as the node gave them. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly data: unknown
  readonly method: string

  constructor(method: string, error: { readonly code: number; readonly message: string; readonly data?: unknown }) {
    super(error.message)
    this.method = method
    this.code = error.code
    this.data = error.data
  }
}

/** No answer that can be understood. `sent`: the request had a transaction in it, and it may have reached a node. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly sent: boolean

  constructor(message: string, { sent, cause }: { readonly sent: boolean; readonly cause?: unknown }) {
    super(message, { cause })
    this.sent = sent
  }
}

/** The node tried a call, it failed, and the node does not tell why. Nothing was sent. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure'
}
