import type { ChainProfile } from './profile.ts'
import type { Chain } from './rpc/chain.ts'
import type { Rpc } from './rpc/create-rpc.ts'
import type { SequenceIndex } from './sequence-index.ts'
import type { CheckedSettings } from './settings.ts'
import type { TransactionQueue } from './transactions/create-transaction-queue.ts'

/** One account's view of a ledger; without an account it only reads. */
export interface Client {
  readonly settings: CheckedSettings
  readonly profile: ChainProfile
  readonly rpc: Rpc
  readonly chain: Chain
  /** Block that created the contract: no log is older. */
  readonly createdAt: bigint
  readonly index: SequenceIndex
  readonly account?: { readonly address: string; readonly transactions: TransactionQueue } | undefined
}
