import { randomUUID } from 'node:crypto'
import { ChaincodeProcess, freePort } from './chaincode/chaincode-process.ts'
import { toConnectionProfile, type ConnectionProfile } from './connection-profile.ts'
import { FaultCounter } from './fault-counter.ts'
import { createFaults, type Faults } from './faults.ts'
import { createCertificateAuthority } from './identity/certificate-authority.ts'
import { createMembership } from './identity/membership.ts'
import { createGenesisBlock } from './ledger/genesis-block.ts'
import { PrivateExchange } from './ledger/private-exchange.ts'
import { createOrganisation } from './organisation.ts'
import { OrderedChannel } from './orderer/ordered-channel.ts'
import { Orderer } from './orderer/orderer.ts'
import { PeerNode } from './peer/peer-node.ts'
import { toNetworkSettings, type FabricTestPeerSettings } from './settings.ts'

/** Somebody who may use the network: certificate and private key (PKCS#8), PEM. */
export interface FabricIdentity {
  readonly mspId: string
  readonly certificate: string
  readonly privateKey: string
}

/** Where one organisation's peer answers, for `@hyperledger/fabric-gateway`. */
export interface GatewayEndpoint {
  /** Such as `localhost:40123`. */
  readonly address: string
  /** PEM. */
  readonly tlsRootCertificate: string
  /** Of the authority that issues the organisation's certificates, PEM. */
  readonly rootCertificate: string
}

export interface FabricTestPeer {
  readonly organisations: readonly string[]
  readonly chaincodeName: string
  readonly faults: Faults
  /** A new, empty channel that every peer has joined and on which the chaincode is defined. Costs a few milliseconds. Answers its name. */
  createChannel(name?: string): string
  gateway(mspId?: string): GatewayEndpoint
  /** Holds every channel that has been created by now. */
  connectionProfile(mspId?: string): ConnectionProfile
  /** A new member of the organisation. With `outsider`, an unknown authority has issued the certificate, as a forger would. */
  enrol(options?: { mspId?: string; name?: string; attributes?: Readonly<Record<string, string>>; outsider?: boolean }): Promise<FabricIdentity>
  /** Ends everything: servers, connections and the chaincode's process. */
  stop(): Promise<void>
}

/**
 * Starts a Fabric network for tests in this process: an orderer, and one peer for each organisation, over gRPC and TLS on free ports
 * of the loopback; and the chaincode in a process of its own. Ready when it resolves. Throws, with nothing left running, if the
 * chaincode does not start.
 */
export async function startFabricTestPeer(options: FabricTestPeerSettings): Promise<FabricTestPeer> {
  const settings = toNetworkSettings(options)
  const chaincode = await ChaincodeProcess.create(settings.chaincode)
  const nodes: { stop(): void }[] = []
  const stop = async () => {
    for (const node of nodes) node.stop()
    await chaincode.stop()
  }
  try {
    const [ordererOrganisation, organisations] = await Promise.all([
      createOrganisation('OrdererMSP', 'orderer'),
      Promise.all(settings.organisations.map((mspId) => createOrganisation(mspId, 'peer'))),
      chaincode.start(),
    ])
    const membership = createMembership(new Map(organisations.map(({ mspId, roots }) => [mspId, roots.certificate])))
    const faults = new FaultCounter()
    const { mspId: ordererMspId, tls: ordererTls } = ordererOrganisation
    const orderer = new Orderer({ mspId: ordererMspId, port: await freePort(), tls: ordererTls, settings, membership, faults })
    const roots = [...organisations, ordererOrganisation].map((organisation) => organisation.roots)
    const exchange = new PrivateExchange()
    const peers: PeerNode[] = []
    for (const { tls, signer } of organisations) {
      const shared = { settings, membership, exchange, organisations: roots, orderer, chaincode, faults, peers: () => peers }
      peers.push(new PeerNode({ ...shared, port: await freePort(), tls, signer }))
    }
    nodes.push(...peers, orderer)
    await Promise.all([orderer.start(), ...peers.map((peer) => peer.start())])

    const first = settings.organisations[0]!
    const find = (mspId: string) => {
      const organisation = organisations.find((one) => one.mspId === mspId)
      const peer = peers.find((one) => one.mspId === mspId)
      if (organisation === undefined || peer === undefined) throw new TypeError(`There is no organisation ${mspId}`)
      return { organisation, peer }
    }
    return {
      organisations: settings.organisations,
      chaincodeName: settings.chaincode.name,
      faults: createFaults({ peers, orderer, chaincode, counter: faults }),
      createChannel(name = `channel-${randomUUID()}`) {
        const genesis = createGenesisBlock({
          channelId: name,
          settings,
          organisations: organisations.map(({ roots }) => roots),
          ordererOrganisation: ordererOrganisation.roots,
          ordererAddress: orderer.address,
          signer: ordererOrganisation.signer,
        })
        const channel = new OrderedChannel({ channelId: name, settings, signer: ordererOrganisation.signer, genesis })
        orderer.channels.set(name, channel)
        for (const peer of peers) peer.join(channel)
        return name
      },
      gateway(mspId = first) {
        const { peer, organisation } = find(mspId)
        return { address: peer.address, tlsRootCertificate: organisation.roots.tlsCertificate, rootCertificate: organisation.roots.certificate }
      },
      connectionProfile: (mspId = first) =>
        toConnectionProfile({
          mspId: find(mspId).organisation.mspId,
          channels: [...orderer.channels.keys()],
          organisations,
          peers,
          orderer,
          ordererTlsRoot: ordererOrganisation.roots.tlsCertificate,
        }),
      async enrol({ mspId = first, name = 'client', attributes, outsider = false } = {}) {
        const authority = outsider ? await createCertificateAuthority(`ca.${mspId}`) : find(mspId).organisation.authority
        return { mspId, ...(await authority.issue({ name, role: 'client', attributes })) }
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
