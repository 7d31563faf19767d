import type { Contract, ProposalOptions } from '@hyperledger/fabric-gateway'
import type { ChaincodeRequest, FabricClient } from './fabric-client.ts'
import { bytesField } from './proto-fields.ts'
import type { CheckedSettings } from './settings.ts'
import { createLowS, type FabricSigner } from './signer.ts'

/** A client of the peer's Gateway service. It connects with the first call, and again by itself when the peer was away. */
export async function createGatewayClient(settings: CheckedSettings, signer: FabricSigner): Promise<FabricClient> {
  const [{ connect, hash }, { Client, credentials }] = await Promise.all([import('@hyperledger/fabric-gateway'), import('@grpc/grpc-js')])
  const { peer, queryTimeoutMs, endorseTimeoutMs, commitTimeoutMs } = settings
  const lowS = createLowS(signer.certificate)
  const client = new Client(peer.address, credentials.createSsl(Buffer.from(peer.tlsCertificate)), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.max_reconnect_backoff_ms': 2_000,
    ...(peer.hostname === undefined ? {} : { 'grpc.ssl_target_name_override': peer.hostname, 'grpc.default_authority': peer.hostname }),
  })
  const within = (ms: number) => () => ({ deadline: Date.now() + ms })
  const gateway = connect({
    client,
    identity: { mspId: signer.mspId, credentials: Buffer.from(signer.certificate) },
    signer: async (message) => lowS(await signer.sign(message)),
    hash: hash.none,
    evaluateOptions: within(queryTimeoutMs),
    endorseOptions: within(endorseTimeoutMs),
    submitOptions: within(endorseTimeoutMs),
    commitStatusOptions: within(commitTimeoutMs),
  })
  const network = gateway.getNetwork(settings.channel)
  const proposal = (request: ChaincodeRequest, organisations: readonly string[] | undefined): ReturnType<Contract['newProposal']> => {
    const options: ProposalOptions = {
      arguments: [...request.args],
      ...(request.transient === undefined ? {} : { transientData: { ...request.transient } }),
      ...(organisations === undefined ? {} : { endorsingOrganizations: [...organisations] }),
    }
    return network.getContract(request.chaincode).newProposal(request.name, options)
  }

  return {
    evaluate: (request) => proposal(request, [signer.mspId]).evaluate(),
    async endorse(request) {
      const transaction = await proposal(request, undefined).endorse()
      let commit: Awaited<ReturnType<typeof transaction.submit>> | undefined
      return {
        transactionId: transaction.getTransactionId(),
        result: transaction.getResult(),
        payload: bytesField(bytesField(transaction.getBytes(), 2), 1),
        async submit() {
          commit = await transaction.submit()
        },
        async status() {
          if (commit === undefined) throw new Error('The transaction has not been submitted')
          return (await commit.getStatus()).code
        },
      }
    },
    close() {
      gateway.close()
      client.close()
    },
  }
}
