import { randomBytes } from 'node:crypto'
import { common, msp, orderer } from '@hyperledger/fabric-protos'
import { sha256Hex } from '../hash.ts'
import type { SigningIdentity } from '../identity/signer.ts'
import type { NetworkSettings } from '../settings.ts'
import { createBlock } from './block.ts'

/** The root certificates of an organisation, PEM: of its members, and of its nodes' TLS. */
export interface OrganisationRoots {
  readonly mspId: string
  readonly certificate: string
  readonly tlsCertificate: string
}

export interface GenesisOptions {
  readonly channelId: string
  readonly settings: NetworkSettings
  readonly organisations: readonly OrganisationRoots[]
  readonly ordererOrganisation: OrganisationRoots
  readonly ordererAddress: string
  readonly signer: SigningIdentity
}

/**
 * Block 0: the channel's configuration with the organisations' MSPs, batch sizes and orderer address. Policies are left out: the test
 * peer evaluates its own. No two are the same, so the block's hash tells one channel from any other.
 */
export function createGenesisBlock(options: GenesisOptions): common.Block {
  const config = new common.Config()
  config.setChannelGroup(channelGroup(options))
  const envelope = new common.ConfigEnvelope()
  envelope.setConfig(config)

  const signatureHeader = new common.SignatureHeader()
  signatureHeader.setCreator(options.signer.serialized)
  signatureHeader.setNonce(randomBytes(24))
  const channelHeader = new common.ChannelHeader()
  channelHeader.setType(common.HeaderType.CONFIG)
  channelHeader.setVersion(1)
  channelHeader.setChannelId(options.channelId)
  channelHeader.setTxId(sha256Hex(signatureHeader.getNonce_asU8(), options.signer.serialized))
  const header = new common.Header()
  header.setChannelHeader(channelHeader.serializeBinary())
  header.setSignatureHeader(signatureHeader.serializeBinary())
  const payload = new common.Payload()
  payload.setHeader(header)
  payload.setData(envelope.serializeBinary())
  const transaction = new common.Envelope()
  transaction.setPayload(payload.serializeBinary())
  transaction.setSignature(options.signer.sign(payload.serializeBinary()))
  return createBlock(0, new Uint8Array(), [transaction.serializeBinary()], options.signer)
}

function channelGroup({ settings, organisations, ordererOrganisation, ordererAddress }: GenesisOptions): common.ConfigGroup {
  const algorithm = new common.HashingAlgorithm()
  algorithm.setName('SHA256')
  const addresses = new common.OrdererAddresses()
  addresses.setAddressesList([ordererAddress])
  const application = group([], organisations.map(organisationGroup))
  const ordering = group(ordererValues(settings), [organisationGroup(ordererOrganisation)])
  return group(
    [
      ['HashingAlgorithm', algorithm],
      ['OrdererAddresses', addresses],
    ],
    [
      ['Application', application],
      ['Orderer', ordering],
    ],
  )
}

function ordererValues(settings: NetworkSettings): [string, Encodable][] {
  const size = new orderer.BatchSize()
  size.setMaxMessageCount(settings.maxMessageCount)
  size.setAbsoluteMaxBytes(settings.absoluteMaxBytes)
  size.setPreferredMaxBytes(settings.absoluteMaxBytes)
  const timeout = new orderer.BatchTimeout()
  timeout.setTimeout(`${settings.batchTimeoutMs}ms`)
  const consensus = new orderer.ConsensusType()
  consensus.setType('etcdraft')
  return [
    ['BatchSize', size],
    ['BatchTimeout', timeout],
    ['ConsensusType', consensus],
  ]
}

function organisationGroup(organisation: OrganisationRoots): [string, common.ConfigGroup] {
  const config = new msp.MSPConfig()
  config.setConfig(toMspConfig(organisation).serializeBinary())
  return [organisation.mspId, group([['MSP', config]], [])]
}

/** Also what discovery tells of an organisation. */
export function toMspConfig({ mspId, certificate, tlsCertificate }: OrganisationRoots): msp.FabricMSPConfig {
  const hashes = new msp.FabricCryptoConfig()
  hashes.setSignatureHashFamily('SHA2')
  hashes.setIdentityIdentifierHashFunction('SHA256')
  const config = new msp.FabricMSPConfig()
  config.setName(mspId)
  config.setRootCertsList([Buffer.from(certificate)])
  config.setTlsRootCertsList([Buffer.from(tlsCertificate)])
  config.setCryptoConfig(hashes)
  return config
}

interface Encodable {
  serializeBinary(): Uint8Array
}

function group(values: readonly (readonly [string, Encodable])[], groups: readonly (readonly [string, common.ConfigGroup])[]): common.ConfigGroup {
  const result = new common.ConfigGroup()
  for (const [name, content] of values) {
    const value = new common.ConfigValue()
    value.setValue(content.serializeBinary())
    value.setModPolicy('Admins')
    result.getValuesMap().set(name, value)
  }
  for (const [name, child] of groups) result.getGroupsMap().set(name, child)
  result.setModPolicy('Admins')
  return result
}
