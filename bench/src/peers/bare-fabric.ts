import { createPrivateKey, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { connect, hash, signers } from '@hyperledger/fabric-gateway'
import type { BareLedger } from './bare-ledger.ts'

/** fabric-gateway: `submit` of one record to the same chaincode, in each of 16 lanes one after the other, each lane with a stream of its own. */
export function connectBareFabric(settings: Readonly<Record<string, unknown>>, directory: string, streams: readonly string[]): Promise<BareLedger> {
  const { channel, chaincode, peer, identity } = settings as {
    channel: string; chaincode: string; peer: { address: string; tlsCertificateFile: string }; identity: { mspId: string; certificateFile: string; key: { file: string } }
  }
  const read = (file: string) => readFileSync(join(directory, file))
  const client = new Client(peer.address, credentials.createSsl(read(peer.tlsCertificateFile)))
  const gateway = connect({
    client, hash: hash.sha256, identity: { mspId: identity.mspId, credentials: read(identity.certificateFile) }, signer: signers.newPrivateKeySigner(createPrivateKey(read(identity.key.file))),
  })
  const contract = gateway.getNetwork(channel).getContract(chaincode)
  return Promise.resolve({
    lanes: streams.length,
    what: 'fabric-gateway, one submit',
    async write(lane: number) {
      const records = JSON.stringify([{ id: randomBytes(16).toString('hex'), key: randomBytes(32).toString('hex'), digest: randomBytes(32).toString('hex') }])
      await contract.submit('append', { arguments: [streams[lane] ?? ''], transientData: { records } })
      return undefined
    },
    close() {
      gateway.close()
      client.close()
      return Promise.resolve()
    },
  })
}
