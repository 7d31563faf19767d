import type { ChaincodeProcess } from './chaincode/chaincode-process.ts'
import type { FaultCounter } from './fault-counter.ts'
import type { Orderer } from './orderer/orderer.ts'
import type { PeerNode } from './peer/peer-node.ts'

/** Something that can be down. What it knew is there again when it comes back. */
export interface Switch {
  stop(): Promise<void>
  start(): Promise<void>
}

/** What can go wrong on purpose. Without `mspId`, the first organisation's peer is meant. */
export interface Faults {
  /** The next calls for an endorsement end with UNAVAILABLE. */
  refuseEndorsements(times: number, mspId?: string): void
  /** The next transactions are ordered, but the client's answer is lost: SubmitError 14, or a broadcast stream that ends. */
  dropBroadcastAnswers(times: number): void
  /** The next `CommitStatus` calls end with UNAVAILABLE "Connection dropped". */
  dropCommitStatus(times: number): void
  /** Blocks are committed, but no client hears of it by status, event or block, until the answer is called. */
  withholdCommits(mspId?: string): () => void
  /** The orderer takes transactions and cuts no block until the answer is called. */
  holdBlocks(channelId: string): () => void
  /** How many transactions the orderer has taken and not yet put into a block. */
  heldTransactions(channelId: string): number
  /** The peer stays at its present blocks until it has answered so many more proposals: others answer "ProposalResponsePayloads do not match". */
  lagPeer(mspId: string, proposals: number): void
  /** Ends every open block and event stream with UNAVAILABLE. */
  cutStreams(mspId?: string): void
  /** Closes the peer's port to clients until the answer is called; among themselves the peers go on. */
  cutOff(mspId?: string): () => Promise<void>
  peer(mspId?: string): Switch
  readonly orderer: Switch
  readonly chaincode: Switch
}

export function createFaults(options: {
  readonly peers: readonly PeerNode[]
  readonly orderer: Orderer
  readonly chaincode: ChaincodeProcess
  readonly counter: FaultCounter
}): Faults {
  const { orderer, chaincode, counter } = options
  const find = (mspId = options.peers[0]!.mspId) => {
    const found = options.peers.find((peer) => peer.mspId === mspId)
    if (found === undefined) throw new TypeError(`There is no peer of ${mspId}`)
    return found
  }
  const channelOf = (channelId: string) => {
    const channel = orderer.channels.get(channelId)
    if (channel === undefined) throw new TypeError(`There is no channel ${channelId}`)
    return channel
  }
  return {
    refuseEndorsements: (times, mspId) => counter.arm(`endorse:${find(mspId).mspId}`, times),
    dropBroadcastAnswers: (times) => counter.arm('broadcast-answer', times),
    dropCommitStatus: (times) => counter.arm('commit-status', times),
    withholdCommits(mspId) {
      const releases = [...find(mspId).ledgers.values()].map((ledger) => ledger.withhold())
      return () => releases.forEach((release) => release())
    },
    holdBlocks(channelId) {
      const channel = channelOf(channelId)
      channel.hold()
      return () => channel.resume()
    },
    heldTransactions: (channelId) => channelOf(channelId).waiting,
    lagPeer: (mspId, proposals) => find(mspId).lagFor(proposals),
    cutStreams: (mspId) => find(mspId).node.cutStreams(),
    cutOff(mspId) {
      const { node } = find(mspId)
      node.stop()
      return () => node.start()
    },
    peer: (mspId) => ({ stop: async () => find(mspId).stop(), start: () => find(mspId).start() }),
    orderer: { stop: async () => orderer.stop(), start: () => orderer.start() },
    chaincode: { stop: () => chaincode.stop(), start: () => chaincode.start() },
  }
}
