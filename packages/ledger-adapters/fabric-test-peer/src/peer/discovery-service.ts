import { discovery, gossip, type peer } from '@hyperledger/fabric-protos'
import { endorsementLayouts } from '../gateway/endorsement-layouts.ts'
import type { Membership } from '../identity/membership.ts'
import { toMspConfig, type OrganisationRoots } from '../ledger/genesis-block.ts'
import type { PeerLedger } from '../ledger/peer-ledger.ts'
import type { NetworkSettings } from '../settings.ts'

/** What discovery tells of a peer. */
export interface DiscoverablePeer {
  readonly mspId: string
  readonly address: string
  readonly alive: boolean
  /** msp.SerializedIdentity, encoded. */
  readonly identity: Uint8Array
  readonly ledgers: ReadonlyMap<string, PeerLedger>
}

export interface DiscoveryOptions {
  readonly settings: NetworkSettings
  readonly membership: Membership
  readonly organisations: readonly OrganisationRoots[]
  readonly orderer: { readonly mspId: string; readonly address: string }
  readonly peers: () => readonly DiscoverablePeer[]
}

/** The Discovery service: the channel's MSPs and orderers, its living peers, and who has to endorse (discovery/service.go). */
export function createDiscoveryService(options: DiscoveryOptions): discovery.IDiscoveryServer {
  return {
    discover: (call, callback) => callback(null, discover(options, call.request)),
  }
}

function discover(options: DiscoveryOptions, signed: discovery.SignedRequest): discovery.Response {
  const request = discovery.Request.deserializeBinary(signed.getPayload_asU8())
  const client = options.membership.identify(request.getAuthentication()?.getClientIdentity_asU8() ?? new Uint8Array())
  const admitted = client?.valid === true && client.verify(signed.getPayload_asU8(), signed.getSignature_asU8())
  const response = new discovery.Response()
  response.setResultsList(request.getQueriesList().map((query) => (admitted ? answer(options, query) : failure('access denied'))))
  return response
}

function answer(options: DiscoveryOptions, query: discovery.Query): discovery.QueryResult {
  const channelId = query.getChannel()
  const members = options.peers().filter((one) => one.alive && one.ledgers.has(channelId))
  const result = new discovery.QueryResult()
  if (members.length === 0) return failure('access denied')
  if (query.hasConfigQuery()) result.setConfigResult(toConfig(options))
  else if (query.hasPeerQuery()) result.setMembers(toMembership(options, members, channelId))
  else if (query.hasCcQuery()) {
    const descriptors: discovery.EndorsementDescriptor[] = []
    for (const interest of query.getCcQuery()!.getInterestsList()) {
      const descriptor = toDescriptor(options, members, channelId, interest)
      if (descriptor === undefined) return failure(`failed constructing descriptor for ${describe(interest)}`)
      descriptors.push(descriptor)
    }
    const chaincodes = new discovery.ChaincodeQueryResult()
    chaincodes.setContentList(descriptors)
    result.setCcQueryRes(chaincodes)
  } else return failure('unknown or missing request type')
  return result
}

function toConfig({ organisations, orderer }: DiscoveryOptions): discovery.ConfigResult {
  const endpoint = new discovery.Endpoint()
  const [host, port] = orderer.address.split(':')
  endpoint.setHost(host!)
  endpoint.setPort(Number(port))
  const endpoints = new discovery.Endpoints()
  endpoints.setEndpointList([endpoint])
  const config = new discovery.ConfigResult()
  for (const organisation of organisations) config.getMspsMap().set(organisation.mspId, toMspConfig(organisation))
  config.getOrderersMap().set(orderer.mspId, endpoints)
  return config
}

function toMembership(options: DiscoveryOptions, members: readonly DiscoverablePeer[], channelId: string): discovery.PeerMembershipResult {
  const result = new discovery.PeerMembershipResult()
  for (const member of members) result.getPeersByOrgMap().set(member.mspId, toPeers(options, member, channelId))
  return result
}

/** One group for each organisation. `undefined`: unknown chaincode, or too few peers; the client is not told which. */
function toDescriptor(
  options: DiscoveryOptions,
  members: readonly DiscoverablePeer[],
  channelId: string,
  interest: peer.ChaincodeInterest,
): discovery.EndorsementDescriptor | undefined {
  const { settings } = options
  if (interest.getChaincodesList().some((call) => call.getName() !== settings.chaincode.name)) return undefined
  const layouts = endorsementLayouts(settings, interest, members.map((member) => member.mspId))
  if (layouts.length === 0) return undefined
  const descriptor = new discovery.EndorsementDescriptor()
  descriptor.setChaincode(settings.chaincode.name)
  for (const member of members) descriptor.getEndorsersByGroupsMap().set(member.mspId, toPeers(options, member, channelId))
  descriptor.setLayoutsList(
    layouts.map((mspIds) => {
      const layout = new discovery.Layout()
      for (const mspId of mspIds) layout.getQuantitiesByGroupMap().set(mspId, 1)
      return layout
    }),
  )
  return descriptor
}

function toPeers({ settings }: DiscoveryOptions, member: DiscoverablePeer, channelId: string): discovery.Peers {
  const chaincode = new gossip.Chaincode()
  chaincode.setName(settings.chaincode.name)
  chaincode.setVersion(settings.chaincode.version)
  const properties = new gossip.Properties()
  properties.setLedgerHeight(member.ledgers.get(channelId)!.blocks.length)
  properties.setChaincodesList([chaincode])
  const state = new gossip.StateInfo()
  state.setProperties(properties)
  const stateMessage = new gossip.GossipMessage()
  stateMessage.setStateInfo(state)

  const membership = new gossip.Member()
  membership.setEndpoint(member.address)
  const alive = new gossip.AliveMessage()
  alive.setMembership(membership)
  const aliveMessage = new gossip.GossipMessage()
  aliveMessage.setAliveMsg(alive)

  const result = new discovery.Peer()
  result.setIdentity(member.identity)
  result.setStateInfo(toEnvelope(stateMessage))
  result.setMembershipInfo(toEnvelope(aliveMessage))
  const peers = new discovery.Peers()
  peers.setPeersList([result])
  return peers
}

function toEnvelope(message: gossip.GossipMessage): gossip.Envelope {
  const envelope = new gossip.Envelope()
  envelope.setPayload(message.serializeBinary())
  return envelope
}

function describe(interest: peer.ChaincodeInterest): string {
  const calls = interest.getChaincodesList().map((call) => {
    const collections = call.getCollectionNamesList().map((name) => ` collection_names:${JSON.stringify(name)}`)
    return `chaincodes:{name:${JSON.stringify(call.getName())}${collections.join('')}}`
  })
  return calls.join(' ')
}

function failure(content: string): discovery.QueryResult {
  const error = new discovery.Error()
  error.setContent(content)
  const result = new discovery.QueryResult()
  result.setError(error)
  return result
}
