import './quiet-fabric-network.ts'
import fabricNetwork, { type Contract, type Network } from 'fabric-network'
import type { FabricIdentity, FabricTestPeer } from '../index.ts'

export interface NetworkClient extends AsyncDisposable {
  readonly network: Network
  readonly contract: Contract
  submit(name: string, ...args: string[]): Promise<string>
  evaluate(name: string, ...args: string[]): Promise<string>
}

/** A client by `fabric-network`, of the first organisation unless another identity is given. Timeouts are in seconds, as it has them. */
export async function connectNetwork(
  peer: FabricTestPeer,
  channel: string,
  options: { identity?: FabricIdentity; discovery?: boolean; commitTimeout?: number } = {},
): Promise<NetworkClient> {
  const identity = options.identity ?? (await peer.enrol())
  const { mspId, certificate, privateKey } = identity
  const wallet = await fabricNetwork.Wallets.newInMemoryWallet()
  await wallet.put('client', { type: 'X.509', mspId, credentials: { certificate, privateKey } } as fabricNetwork.X509Identity)
  const gateway = new fabricNetwork.Gateway()
  await gateway.connect(structuredClone(peer.connectionProfile(mspId)) as unknown as Record<string, unknown>, {
    wallet,
    identity: 'client',
    discovery: { enabled: options.discovery ?? false, asLocalhost: true },
    eventHandlerOptions: { commitTimeout: options.commitTimeout ?? 10, endorseTimeout: 10 },
    queryHandlerOptions: { timeout: 10 },
  })
  const network = await gateway.getNetwork(channel)
  const contract = network.getContract(peer.chaincodeName)
  return {
    network,
    contract,
    submit: async (name, ...args) => (await contract.submitTransaction(name, ...args)).toString(),
    evaluate: async (name, ...args) => (await contract.evaluateTransaction(name, ...args)).toString(),
    async [Symbol.asyncDispose]() {
      gateway.disconnect()
    },
  }
}
