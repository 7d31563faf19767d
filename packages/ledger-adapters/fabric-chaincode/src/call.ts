import type { BatchedMessages } from './batched-messages.ts'
import type { Caller } from './account.ts'
import { createState, type State } from './state.ts'
import type { Stub } from './stub.ts'

/** One transaction or query. */
export interface Call {
  readonly stub: Stub
  readonly caller: Caller
  /** The caller may give and take rights, and open private streams. */
  readonly isAdministrator: boolean
  /** Whether the peer takes many keys in one message. */
  readonly batches: BatchedMessages | undefined
  /** What every organisation of the channel sees. */
  readonly shared: State
}

export function createCall(parts: Omit<Call, 'shared'>): Call {
  return { ...parts, shared: createState(parts.stub, '', parts.batches) }
}
