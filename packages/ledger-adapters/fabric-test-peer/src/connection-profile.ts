import type { Organisation } from './organisation.ts'
import type { Orderer } from './orderer/orderer.ts'
import type { PeerNode } from './peer/peer-node.ts'

/** A common connection profile for `fabric-network`, with everything in it, so that it works without discovery. */
export interface ConnectionProfile {
  readonly name: string
  readonly version: string
  readonly client: { readonly organization: string }
  readonly organizations: Readonly<Record<string, { readonly mspid: string; readonly peers: readonly string[] }>>
  readonly peers: Readonly<Record<string, NodeEntry>>
  readonly orderers: Readonly<Record<string, NodeEntry>>
  readonly channels: Readonly<Record<string, { readonly orderers: readonly string[]; readonly peers: Readonly<Record<string, object>> }>>
}

interface NodeEntry {
  readonly url: string
  readonly tlsCACerts: { readonly pem: string }
}

export function toConnectionProfile(options: {
  readonly mspId: string
  readonly channels: readonly string[]
  readonly organisations: readonly Organisation[]
  readonly peers: readonly PeerNode[]
  readonly orderer: Orderer
  readonly ordererTlsRoot: string
}): ConnectionProfile {
  const addressOf = (mspId: string) => options.peers.find((peer) => peer.mspId === mspId)!.address
  const orderer = options.orderer.address
  const addresses = options.peers.map((peer) => peer.address)
  const channel = { orderers: [orderer], peers: Object.fromEntries(addresses.map((address) => [address, {}])) }
  return {
    name: 'careledger-fabric-test-peer',
    version: '1.0.0',
    client: { organization: options.mspId },
    organizations: Object.fromEntries(options.organisations.map(({ mspId }) => [mspId, { mspid: mspId, peers: [addressOf(mspId)] }])),
    peers: Object.fromEntries(options.organisations.map(({ mspId, roots }) => [addressOf(mspId), toEntry(addressOf(mspId), roots.tlsCertificate)])),
    orderers: { [orderer]: toEntry(orderer, options.ordererTlsRoot) },
    channels: Object.fromEntries(options.channels.map((name) => [name, channel])),
  }
}

function toEntry(address: string, pem: string): NodeEntry {
  return { url: `grpcs://${address}`, tlsCACerts: { pem } }
}
