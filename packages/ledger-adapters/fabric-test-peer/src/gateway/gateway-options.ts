import type { FaultCounter } from '../fault-counter.ts'
import type { GrpcNode } from '../grpc-node.ts'
import type { Membership } from '../identity/membership.ts'
import type { PeerLedger } from '../ledger/peer-ledger.ts'
import type { Orderer } from '../orderer/orderer.ts'
import type { NetworkSettings } from '../settings.ts'
import type { EndorsingPeer } from './endorsing-peer.ts'

/** What the gateway of one peer works with. */
export interface GatewayOptions {
  readonly settings: NetworkSettings
  readonly membership: Membership
  readonly ledgers: ReadonlyMap<string, PeerLedger>
  readonly local: EndorsingPeer
  /** Every peer of the network, this one first. */
  readonly peers: () => readonly EndorsingPeer[]
  readonly orderer: Orderer
  readonly faults: FaultCounter
  readonly node: () => GrpcNode
}
