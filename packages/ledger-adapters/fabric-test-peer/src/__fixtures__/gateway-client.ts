import { createPrivateKey } from 'node:crypto'
import { Client, credentials } from '@grpc/grpc-js'
import { connect, hash, signers, type Contract, type Gateway, type Network } from '@hyperledger/fabric-gateway'
import type { FabricIdentity, FabricTestPeer } from '../index.ts'

export interface GatewayClient extends AsyncDisposable {
  readonly gateway: Gateway
  readonly network: Network
  readonly contract: Contract
  submit(name: string, ...args: string[]): Promise<string>
  evaluate(name: string, ...args: string[]): Promise<string>
}

/** A client by `@hyperledger/fabric-gateway`, of the first organisation unless another identity is given. */
export async function connectGateway(
  peer: FabricTestPeer,
  channel: string,
  options: { identity?: FabricIdentity; deadlineMs?: number } = {},
): Promise<GatewayClient> {
  const identity = options.identity ?? (await peer.enrol())
  const endpoint = peer.gateway(identity.mspId)
  const client = new Client(endpoint.address, credentials.createSsl(Buffer.from(endpoint.tlsRootCertificate)))
  const deadline = () => ({ deadline: Date.now() + (options.deadlineMs ?? 10_000) })
  const gateway = connect({
    client,
    identity: { mspId: identity.mspId, credentials: Buffer.from(identity.certificate) },
    signer: signers.newPrivateKeySigner(createPrivateKey(identity.privateKey)),
    hash: hash.sha256,
    evaluateOptions: deadline,
    endorseOptions: deadline,
    submitOptions: deadline,
    commitStatusOptions: deadline,
  })
  const network = gateway.getNetwork(channel)
  const contract = network.getContract(peer.chaincodeName)
  return {
    gateway,
    network,
    contract,
    submit: async (name, ...args) => Buffer.from(await contract.submitTransaction(name, ...args)).toString(),
    evaluate: async (name, ...args) => Buffer.from(await contract.evaluateTransaction(name, ...args)).toString(),
    async [Symbol.asyncDispose]() {
      gateway.close()
      client.close()
    },
  }
}
