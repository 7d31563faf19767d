import type { Ledger } from '@careledger/ledger-spec'

/** A ledger's node, started for one test or bench, on which one account may write. */
export interface LedgerNode {
  /** What the adapter runs against: a double, a development chain, a real node. */
  readonly against: string
  /** The ledger's part of a file of ledgers in the folder that the node was started with. */
  readonly configuration: { readonly kind: string; readonly settings: Readonly<Record<string, unknown>>; readonly module?: string; readonly create?: string }
  stop(): Promise<void>
}

export interface LedgerNodeOptions {
  /** Keys and certificates of the ledger's account are left here. */
  readonly directory: string
  /** Streams that the account may write. */
  readonly streams: readonly string[]
}

/** Gives an account the right to write, as the ledger's administrator, and closes the ledger. */
export async function grantStreams(ledger: Ledger, account: string, streams: readonly string[]): Promise<void> {
  try {
    for (const stream of streams) await ledger.membership?.grant(stream, account, 'write')
  } finally {
    await ledger.close()
  }
}
