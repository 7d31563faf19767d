import { addressOf, CHANNEL, COLLECTIONS, ORDERER_DOMAIN, ORGANISATIONS, paths, type Network } from './network.ts'

// Configuration of Fabric's tools. They read YAML, and JSON is YAML. Keys after Fabric's `sampleconfig` and configuration reference.

const anyOf = (mspId: string, ...roles: readonly string[]) => ({ Type: 'Signature', Rule: `OR(${roles.map((role) => `'${mspId}.${role}'`).join(', ')})` })
const implicit = (rule: string) => ({ Type: 'ImplicitMeta', Rule: rule })

/** For `cryptogen`: certificates of the orderer, the chaincode service, and each organisation's peer and people. */
export function cryptoConfig(): object {
  const local = { SANS: ['localhost', '127.0.0.1'] }
  return {
    OrdererOrgs: [{ Name: 'Orderer', Domain: ORDERER_DOMAIN, EnableNodeOUs: true, Specs: [{ Hostname: 'orderer', ...local }, { Hostname: 'chaincode', ...local }] }],
    PeerOrgs: ORGANISATIONS.map(({ name, domain }) => ({ Name: name, Domain: domain, EnableNodeOUs: true, Specs: [{ Hostname: 'peer', ...local }], Users: { Count: 2 } })),
  }
}

/** For `configtxgen`: the channel's genesis block. Anchor peers stand in it, so that the peers find each other at once. */
export function channelConfig(network: Network): object {
  const ordererTls = `${paths.orderer(network, 'orderer')}/tls/server.crt`
  const orderer = {
    Name: 'Orderer', ID: 'OrdererMSP', MSPDir: `${paths.organisation(network, ORDERER_DOMAIN)}/msp`,
    Policies: { Readers: anyOf('OrdererMSP', 'member'), Writers: anyOf('OrdererMSP', 'member'), Admins: anyOf('OrdererMSP', 'admin') },
    OrdererEndpoints: [addressOf(network, 'orderer')],
  }
  const organisations = ORGANISATIONS.map(({ name, mspId, domain }) => ({
    Name: mspId, ID: mspId, MSPDir: `${paths.organisation(network, domain)}/msp`,
    Policies: {
      Readers: anyOf(mspId, 'admin', 'peer', 'client'), Writers: anyOf(mspId, 'admin', 'client'),
      Admins: anyOf(mspId, 'admin'), Endorsement: anyOf(mspId, 'peer'),
    },
    AnchorPeers: [{ Host: 'localhost', Port: network.ports[name] }],
  }))
  const policies = { Readers: implicit('ANY Readers'), Writers: implicit('ANY Writers'), Admins: implicit('MAJORITY Admins') }
  return {
    Profiles: {
      [CHANNEL]: {
        Policies: policies,
        Capabilities: { V3_0: true },
        Orderer: {
          OrdererType: 'etcdraft',
          BatchTimeout: `${network.batchTimeoutMs}ms`,
          BatchSize: { MaxMessageCount: 500, AbsoluteMaxBytes: '10 MB', PreferredMaxBytes: '2 MB' },
          EtcdRaft: {
            Consenters: [{ Host: 'localhost', Port: network.ports.orderer, ClientTLSCert: ordererTls, ServerTLSCert: ordererTls }],
            Options: { TickInterval: '100ms', ElectionTick: 10, HeartbeatTick: 1, MaxInflightBlocks: 5, SnapshotIntervalSize: '16 MB' },
          },
          Organizations: [orderer],
          Policies: { ...policies, BlockValidation: implicit('ANY Writers') },
          Capabilities: { V2_0: true },
        },
        Application: {
          Organizations: organisations,
          Policies: { ...policies, LifecycleEndorsement: implicit('MAJORITY Endorsement'), Endorsement: implicit('MAJORITY Endorsement') },
          Capabilities: { V2_5: true },
        },
      },
    },
  }
}

/** For the chaincode's definition. What only one organisation holds, only its peers endorse. */
export function collectionsConfig(): object {
  return COLLECTIONS.map(({ name, organisations }) => ({
    name,
    policy: `OR(${organisations.map((mspId) => `'${mspId}.member'`).join(', ')})`,
    requiredPeerCount: 0,
    maxPeerCount: organisations.length - 1,
    blockToLive: 0,
    memberOnlyRead: true,
    memberOnlyWrite: true,
    ...(organisations.length === 1 ? { endorsementPolicy: { signaturePolicy: `OR('${organisations[0]}.peer')` } } : {}),
  }))
}
