import { join } from 'node:path'
import { addressOf, paths, type Network, type Organisation, ORGANISATIONS } from './network.ts'

// `orderer.yaml` and `core.yaml`. A key that is left out is zero to Fabric, not its documented default, so they are written in full.
const LARGE_MESSAGE_BYTES = 104_857_600
const SOFTWARE_KEYS = { Default: 'SW', SW: { Hash: 'SHA2', Security: 256 } }

export function ordererConfig(network: Network): object {
  const home = paths.orderer(network, 'orderer')
  const [certificate, key, authority] = ['server.crt', 'server.key', 'ca.crt'].map((file) => join(home, 'tls', file))
  const data = join(network.folder, 'data/orderer')
  return {
    General: {
      ListenAddress: '127.0.0.1',
      ListenPort: network.ports.orderer,
      TLS: { Enabled: true, PrivateKey: key, Certificate: certificate, RootCAs: [authority], ClientAuthRequired: false },
      Keepalive: { ServerMinInterval: '10s', ServerInterval: '2h', ServerTimeout: '20s' },
      Backoff: { BaseDelay: '1s', Multiplier: 1.6, MaxDelay: '2m' },
      MaxRecvMsgSize: LARGE_MESSAGE_BYTES,
      MaxSendMsgSize: LARGE_MESSAGE_BYTES,
      Throttling: { Rate: 0, InactivityTimeout: '5s' },
      Cluster: { SendBufferSize: 100, ClientCertificate: certificate, ClientPrivateKey: key, RootCAs: [authority] },
      LocalMSPDir: join(home, 'msp'),
      LocalMSPID: 'OrdererMSP',
      BCCSP: SOFTWARE_KEYS,
      Authentication: { TimeWindow: '15m' },
    },
    FileLedger: { Location: data },
    Operations: { ListenAddress: `127.0.0.1:${network.ports.ordererOperations}`, TLS: { Enabled: false } },
    Metrics: { Provider: 'prometheus' },
    Admin: {
      ListenAddress: `127.0.0.1:${network.ports.ordererAdmin}`,
      TLS: { Enabled: true, Certificate: certificate, PrivateKey: key, RootCAs: [authority], ClientAuthRequired: true, ClientRootCAs: [authority] },
    },
    ChannelParticipation: { Enabled: true, MaxRequestBodySize: '1 MB' },
    Consensus: { WALDir: join(data, 'etcdraft/wal'), SnapDir: join(data, 'etcdraft/snapshot') },
  }
}

export function peerConfig(network: Network, organisation: Organisation & { readonly name: (typeof ORGANISATIONS)[number]['name'] }): object {
  const { name, mspId, domain } = organisation
  const home = paths.peer(network, organisation)
  const address = addressOf(network, name)
  const data = join(network.folder, 'data', name)
  const listen = `127.0.0.1:${network.ports[name]}`
  return {
    peer: {
      id: `peer.${domain}`,
      networkId: 'careledger',
      listenAddress: listen,
      address,
      // Where chaincode would dial in; the service is dialled instead, but the peer wants a port of its own for it.
      chaincodeListenAddress: `127.0.0.1:${network.ports[`${name}Chaincode`]}`,
      addressAutoDetect: false,
      gateway: { enabled: true, endorsementTimeout: '30s', broadcastTimeout: '30s', dialTimeout: '30s' },
      keepalive: { interval: '2h', timeout: '20s', minInterval: '10s', client: KEEPALIVE, deliveryClient: KEEPALIVE },
      gossip: gossipConfig(address),
      tls: {
        enabled: true,
        clientAuthRequired: false,
        cert: { file: join(home, 'tls/server.crt') },
        key: { file: join(home, 'tls/server.key') },
        rootcert: { file: join(home, 'tls/ca.crt') },
        clientRootCAs: { files: [join(home, 'tls/ca.crt')] },
      },
      authentication: { timewindow: '15m' },
      fileSystemPath: data,
      BCCSP: SOFTWARE_KEYS,
      mspConfigPath: join(home, 'msp'),
      localMspId: mspId,
      localMspType: 'bccsp',
      client: { connTimeout: '3s' },
      deliveryclient: {
        blockGossipEnabled: false, reconnectTotalTimeThreshold: '1h', connTimeout: '3s', reConnectBackoffThreshold: '5s', minimalReconnectInterval: '100ms', policy: 'cluster',
      },
      handlers: {
        authFilters: [{ name: 'DefaultAuth' }, { name: 'ExpirationCheck' }, { name: 'TimeWindowCheck' }],
        decorators: [{ name: 'DefaultDecorator' }],
        endorsers: { escc: { name: 'DefaultEndorsement' } },
        validators: { vscc: { name: 'DefaultValidation' } },
      },
      discovery: { enabled: true, authCacheEnabled: true, authCacheMaxSize: 1_000, authCachePurgeRetentionRatio: 0.75, orgMembersAllowedAccess: false },
      limits: { concurrency: { endorserService: 2_500, deliverService: 2_500, gatewayService: 500 } },
      maxRecvMsgSize: LARGE_MESSAGE_BYTES,
      maxSendMsgSize: LARGE_MESSAGE_BYTES,
    },
    // Nothing is run in containers: the external builder only hands on where the chaincode service listens.
    vm: { endpoint: '' },
    chaincode: {
      externalBuilders: [{ name: 'service', path: join(network.folder, 'builder') }],
      installTimeout: '60s',
      startuptimeout: '30s',
      executetimeout: '30s',
      mode: 'net',
      keepalive: 0,
      system: { _lifecycle: 'enable', cscc: 'enable', lscc: 'enable', qscc: 'enable' },
      logging: { level: 'info', shim: 'warning' },
      runtimeParams: { useWriteBatch: network.batches, maxSizeWriteBatch: 1_000, useGetMultipleKeys: network.batches, maxSizeGetMultipleKeys: 1_000 },
    },
    ledger: {
      state: { stateDatabase: 'goleveldb', totalQueryLimit: 100_000 },
      history: { enableHistoryDatabase: false },
      pvtdataStore: { collElgProcMaxDbBatchSize: 5_000, collElgProcDbBatchesInterval: 1_000, deprioritizedDataReconcilerInterval: '60m', purgeInterval: 100, purgedKeyAuditLogging: true },
      snapshots: { rootDir: join(data, 'snapshots') },
    },
    operations: { listenAddress: `127.0.0.1:${network.ports[`${name}Operations`]}`, tls: { enabled: false } },
    metrics: { provider: 'prometheus' },
  }
}

const KEEPALIVE = { interval: '60s', timeout: '20s' }

/** Short intervals: two peers on one machine, which are to know each other within a second or two. */
function gossipConfig(address: string): object {
  return {
    bootstrap: address, externalEndpoint: address, endpoint: address,
    useLeaderElection: false, orgLeader: true,
    membershipTrackerInterval: '5s', maxBlockCountToStore: 10, maxPropagationBurstLatency: '10ms', maxPropagationBurstSize: 10,
    propagateIterations: 1, propagatePeerNum: 3, pullInterval: '4s', pullPeerNum: 3,
    requestStateInfoInterval: '1s', publishStateInfoInterval: '1s', publishCertPeriod: '10s', skipBlockVerification: false,
    dialTimeout: '3s', connTimeout: '2s', recvBuffSize: 20, sendBuffSize: 200,
    digestWaitTime: '1s', requestWaitTime: '1500ms', responseWaitTime: '2s',
    aliveTimeInterval: '1s', aliveExpirationTimeout: '5s', reconnectInterval: '2s', maxConnectionAttempts: 120, msgExpirationFactor: 20,
    election: { startupGracePeriod: '15s', membershipSampleInterval: '1s', leaderAliveThreshold: '10s', leaderElectionDuration: '5s' },
    pvtData: {
      pullRetryThreshold: '5s', transientstoreMaxBlockRetention: 20_000, pushAckTimeout: '3s', btlPullMargin: 10,
      reconcileBatchSize: 10, reconcileSleepInterval: '1m', reconciliationEnabled: true, skipPullingInvalidTransactionsDuringCommit: false,
      implicitCollectionDisseminationPolicy: { requiredPeerCount: 0, maxPeerCount: 1 },
    },
    state: { enabled: false, checkInterval: '10s', responseTimeout: '3s', batchSize: 10, blockBufferSize: 20, maxRetries: 3 },
  }
}
