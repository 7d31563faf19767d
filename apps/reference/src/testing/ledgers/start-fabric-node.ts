import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startFabricTestPeer } from '@careledger/fabric-test-peer'
import { createFabricLedger, createFabricSigner } from '@careledger/ledger-fabric'
import { grantStreams, type LedgerNode, type LedgerNodeOptions } from './ledger-node.ts'

const chaincode = join(import.meta.dirname, '../../../../../packages/ledger-adapters/fabric-chaincode/src/main.ts')

/** The Fabric test peer: real gRPC and TLS, the real chaincode in a process of its own, two organisations that both endorse. */
export async function startFabricNode({ directory, streams }: LedgerNodeOptions): Promise<LedgerNode> {
  const network = await startFabricTestPeer({
    chaincode: { name: 'careledger', command: [process.execPath, '--conditions=@careledger/source', chaincode], environment: { CARELEDGER_ADMINISTRATORS: 'Org1MSP/admin' } },
  })
  try {
    const identity = await network.enrol({ mspId: 'Org1MSP', name: 'admin' })
    const { address, tlsRootCertificate } = network.gateway('Org1MSP')
    const common = { client: 'gateway', channel: network.createChannel('care'), chaincode: network.chaincodeName, pollMs: 50 } as const
    await grantStreams(await createFabricLedger({
      settings: { ...common, peer: { address, tlsCertificate: tlsRootCertificate } }, signer: createFabricSigner(identity),
    }), 'Org1MSP/admin', streams)
    const files = { 'fabric-tls.pem': tlsRootCertificate, 'fabric-admin.pem': identity.certificate, 'fabric-admin.key': identity.privateKey }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, { mode: 0o600 })
    return {
      against: 'the Fabric test peer by fabric-gateway, two organisations, blocks after 10 ms',
      configuration: {
        kind: 'fabric',
        settings: { ...common, peer: { address, tlsCertificateFile: 'fabric-tls.pem' }, identity: { mspId: 'Org1MSP', certificateFile: 'fabric-admin.pem', key: { file: 'fabric-admin.key' } } },
      },
      stop: () => network.stop(),
    }
  } catch (error) {
    await network.stop()
    throw error
  }
}
