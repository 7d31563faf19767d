import { status } from '@grpc/grpc-js'
import { discovery, gateway, peer } from '@hyperledger/fabric-protos'
import { ChaincodeConnection } from '../chaincode/chaincode-connection.ts'
import type { FaultCounter } from '../fault-counter.ts'
import type { EndorsingPeer } from '../gateway/endorsing-peer.ts'
import { createGatewayService } from '../gateway/gateway-service.ts'
import { GrpcNode } from '../grpc-node.ts'
import type { KeyPair } from '../identity/certificate-authority.ts'
import type { Membership } from '../identity/membership.ts'
import type { SigningIdentity } from '../identity/signer.ts'
import type { OrganisationRoots } from '../ledger/genesis-block.ts'
import { PeerLedger } from '../ledger/peer-ledger.ts'
import type { PrivateExchange } from '../ledger/private-exchange.ts'
import type { OrderedChannel } from '../orderer/ordered-channel.ts'
import type { Orderer } from '../orderer/orderer.ts'
import type { NetworkSettings } from '../settings.ts'
import { createDeliverService } from './deliver-service.ts'
import { createDiscoveryService, type DiscoverablePeer } from './discovery-service.ts'
import { endorseProposal } from './endorse-proposal.ts'

export interface PeerNodeOptions {
  readonly settings: NetworkSettings
  readonly port: number
  readonly tls: KeyPair
  readonly signer: SigningIdentity
  readonly membership: Membership
  readonly exchange: PrivateExchange
  /** Of everybody, the orderer's organisation last. */
  readonly organisations: readonly OrganisationRoots[]
  readonly orderer: Orderer
  readonly chaincode: { readonly address: string; readonly id: string }
  readonly faults: FaultCounter
  /** Every peer of the network. */
  readonly peers: () => readonly PeerNode[]
}

/** One organisation's peer: its ledgers, its stream to the chaincode, and its services on one port. */
export class PeerNode implements EndorsingPeer, DiscoverablePeer {
  readonly mspId: string
  readonly node: GrpcNode
  readonly ledgers = new Map<string, PeerLedger>()
  readonly #options: PeerNodeOptions
  readonly #chaincode: ChaincodeConnection
  #stoppedAt: number | undefined
  #lag: { left: number; readonly releases: (() => void)[] } | undefined

  constructor(options: PeerNodeOptions) {
    this.#options = options
    this.mspId = options.signer.mspId
    this.#chaincode = new ChaincodeConnection(options.settings, options.chaincode.address, options.chaincode.id)
    const { settings, membership, faults, orderer } = options
    const common = { membership, ledgers: this.ledgers, node: () => this.node }
    const peers = () => [this, ...options.peers().filter((one) => one !== this)]
    this.node = new GrpcNode({
      port: options.port,
      tls: options.tls,
      services: [
        [peer.EndorserService, this.#endorserService()],
        [peer.DeliverService, createDeliverService(common)],
        [discovery.DiscoveryService, createDiscoveryService({ settings, membership, peers, organisations: options.organisations, orderer })],
        [gateway.GatewayService, createGatewayService({ ...common, settings, local: this, peers, orderer, faults })],
      ],
    })
  }

  get address(): string {
    return this.node.address
  }

  get identity(): Uint8Array {
    return this.#options.signer.serialized
  }

  get port(): number {
    return this.node.port
  }

  get running(): boolean {
    return this.#stoppedAt === undefined
  }

  get alive(): boolean {
    return this.#stoppedAt === undefined || Date.now() - this.#stoppedAt <= this.#options.settings.aliveExpirationMs
  }

  join(ordered: OrderedChannel): void {
    const { settings, membership, exchange } = this.#options
    const ledger = new PeerLedger({ settings, membership, exchange, ordered, mspId: this.mspId, running: () => this.running })
    this.ledgers.set(ordered.channelId, ledger)
    ordered.onBlock(() => void ledger.catchUp())
    void ledger.catchUp()
  }

  async start(): Promise<void> {
    await this.node.start()
    this.#stoppedAt = undefined
    for (const ledger of this.ledgers.values()) void ledger.catchUp()
  }

  /** The ledgers are kept, as on a disk. */
  stop(): void {
    this.#stoppedAt ??= Date.now()
    this.node.stop()
    this.#chaincode.close()
  }

  async endorse(signed: peer.SignedProposal): Promise<peer.ProposalResponse> {
    const { settings, membership, signer, exchange } = this.#options
    try {
      return await endorseProposal({ settings, membership, signer, exchange, chaincode: this.#chaincode, ledgers: this.ledgers }, signed)
    } finally {
      this.#countLag()
    }
  }

  /** Commits nothing until this many more proposals have been answered. */
  lagFor(proposals: number): void {
    this.#lag ??= { left: 0, releases: [...this.ledgers.values()].map((ledger) => ledger.hold()) }
    this.#lag.left += proposals
  }

  #countLag(): void {
    if (this.#lag === undefined) return
    this.#lag.left -= 1
    if (this.#lag.left > 0) return
    for (const release of this.#lag.releases) release()
    this.#lag = undefined
  }

  #endorserService(): peer.IEndorserServer {
    return {
      processProposal: (call, callback) => {
        if (this.#options.faults.take(`endorse:${this.mspId}`)) {
          callback({ code: status.UNAVAILABLE, details: 'Connection dropped' })
          return
        }
        this.endorse(call.request).then(
          (response) => callback(null, response),
          (error: unknown) => callback({ code: status.UNKNOWN, details: (error as Error).message }),
        )
      },
    }
  }
}
