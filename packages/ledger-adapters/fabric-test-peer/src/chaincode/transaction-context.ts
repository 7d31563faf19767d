import type { peer } from '@hyperledger/fabric-protos'
import type { PeerLedger } from '../ledger/peer-ledger.ts'
import type { Simulator } from '../ledger/simulator.ts'
import type { NetworkSettings } from '../settings.ts'
import type { QueryIterator } from './query-iterator.ts'

/** What one running transaction of the chaincode may use. */
export interface TransactionContext {
  readonly channelId: string
  readonly txId: string
  readonly creatorMspId: string
  readonly settings: NetworkSettings
  readonly ledger: PeerLedger
  readonly simulator: Simulator
  readonly signedProposal: peer.SignedProposal
  readonly iterators: Map<string, QueryIterator>
}
