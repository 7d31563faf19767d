/** An error that the node answers with, code and text as HydraChain 0.3.2 has them. */
export class NodeError extends Error {
  override readonly name = 'NodeError'
  readonly code: number

  constructor(message: string, code = -32_000) {
    super(message)
    this.code = code
  }
}
