import { createDoubleChain, type DoubleChain, type DoubleChainOptions } from './double-chain.ts'
import { createDoubleNode } from './double-node.ts'
import { createDoubleServer, type DoubleServer } from './double-server.ts'

export interface DoubleNetwork {
  readonly chainName: string
  readonly chain: DoubleChain
  readonly servers: readonly [DoubleServer, ...DoubleServer[]]
  close(): Promise<void>
}

export interface DoubleNetworkOptions extends DoubleChainOptions {
  readonly chainName?: string | undefined
  readonly params?: Readonly<Record<string, unknown>> | undefined
  readonly busyEvery?: number | undefined
}

/** A chain and a server for each of its nodes. */
export async function createDoubleNetwork(options: DoubleNetworkOptions = {}): Promise<DoubleNetwork> {
  const { chainName = 'double', params, busyEvery, nodes = 1 } = options
  const chain = createDoubleChain(options)
  const serve = (index: number): Promise<DoubleServer> => createDoubleServer(chain, createDoubleNode(chain, index, { chainName, params }), { chainName, busyEvery })
  const servers: [DoubleServer, ...DoubleServer[]] = [await serve(0)]
  for (let index = 1; index < nodes; index += 1) servers.push(await serve(index))
  return {
    chainName,
    chain,
    servers,
    async close() { for (const server of servers) await server.close() },
  }
}
