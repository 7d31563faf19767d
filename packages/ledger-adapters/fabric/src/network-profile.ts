import type { CheckedSettings, FabricNode } from './settings.ts'

/** What fabric-network calls a connection profile: the own peer first, and with listed nodes the whole channel. */
export function toProfile(settings: CheckedSettings, mspId: string): Record<string, unknown> {
  const listed = 'orderers' in settings.discovery ? settings.discovery : { peers: [], orderers: [] }
  const peers = [{ ...settings.peer, mspId }, ...listed.peers]
  const peerNames = peers.map((_, index) => `peer${index}`)
  const ordererNames = listed.orderers.map((_, index) => `orderer${index}`)
  const organisations = [...Map.groupBy(peers.map((peer, index) => ({ mspId: peer.mspId, name: `peer${index}` })), (peer) => peer.mspId)]
  return {
    name: 'careledger',
    version: '1.0',
    client: { organization: mspId },
    organizations: Object.fromEntries(organisations.map(([name, members]) => [name, { mspid: name, peers: members.map((member) => member.name) }])),
    peers: Object.fromEntries(peers.map((peer, index) => [`peer${index}`, toNode(peer)])),
    ...(listed.orderers.length === 0 ? {} : {
      orderers: Object.fromEntries(listed.orderers.map((orderer, index) => [`orderer${index}`, toNode(orderer)])),
      channels: { [settings.channel]: { peers: peerNames, orderers: ordererNames } },
    }),
  }
}

function toNode({ address, tlsCertificate, hostname }: FabricNode): object {
  return {
    url: `grpcs://${address}`,
    tlsCACerts: { pem: tlsCertificate },
    grpcOptions: { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1, ...(hostname === undefined ? {} : { 'ssl-target-name-override': hostname }) },
  }
}
