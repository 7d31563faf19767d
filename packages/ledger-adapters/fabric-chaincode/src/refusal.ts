/** Why the chaincode says no. The adapter's table of errors knows these words. */
export type RefusalCode = 'UNAUTHORISED' | 'CONFLICT' | 'INVALID' | 'REJECTED'

/** Nothing was written. The text is for people and names no id, key or data. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Text of the response with status 500: `careledger UNAUTHORISED: ...`. What is no refusal is `careledger FAILED: ...`. */
export function toErrorText(error: unknown): string {
  if (error instanceof Refusal) return `careledger ${error.code}: ${error.message}`
  return `careledger FAILED: ${error instanceof Error ? error.message : String(error)}`
}
