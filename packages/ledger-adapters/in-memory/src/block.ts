import type { NewRecord } from '@careledger/ledger-spec'

/** One append as it stands on the ledger. */
export interface Block {
  /** From 1, without gaps; 0 is the genesis. */
  readonly height: number
  /** Milliseconds since 1970 by the writing process's clock. */
  readonly at: number
  readonly stream: string
  readonly writer: string
  readonly records: readonly NewRecord[]
}
