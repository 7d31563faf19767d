import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { callNode, createDoubleNetwork, type NodeAccess } from '@careledger/ledger-multichain/testing'
import type { LedgerNode, LedgerNodeOptions } from './ledger-node.ts'

/** How often the double makes a block. The real node's target: 2,000 to 15,000. */
const blockMs = 100

/** The double of a MultiChain node; with `MULTICHAIN_URL`, that node (chain `MULTICHAIN_CHAIN`), whose wallet administers the chain. */
export async function startMultiChainNode({ directory, streams }: LedgerNodeOptions): Promise<LedgerNode> {
  const real = process.env['MULTICHAIN_URL']
  const double = real === undefined ? await startDouble() : undefined
  try {
    const access = double?.access ?? toAccess(real ?? '')
    const prefix = `t${Date.now().toString(36)}-`
    const [address = ''] = (await callNode(access, 'getaddresses')) as readonly string[]
    for (const stream of streams) await callNode(access, 'create', ['stream', prefix + stream, { restrict: 'write,offchain' }])
    writeFileSync(join(directory, 'multichain.password'), access.password, { mode: 0o600 })
    return {
      against: double === undefined ? 'the node of MULTICHAIN_URL' : `a double of MultiChain 2.3, a block each ${blockMs} ms, final after 8`,
      configuration: {
        kind: 'multichain',
        settings: {
          url: access.url, credentials: { user: access.user, password: { file: 'multichain.password' } },
          chain: { name: double?.chainName ?? process.env['MULTICHAIN_CHAIN'] ?? 'careledger' }, address, streams: { prefix }, pollMs: double === undefined ? 200 : 20,
        },
      },
      stop: async () => { await double?.stop() },
    }
  } catch (error) {
    await double?.stop()
    throw error
  }
}

async function startDouble(): Promise<{ readonly access: NodeAccess; readonly chainName: string; stop(): Promise<void> }> {
  const network = await createDoubleNetwork()
  const clock = setInterval(() => network.chain.mine(), blockMs)
  return {
    access: network.servers[0].access,
    chainName: network.chainName,
    async stop() {
      clearInterval(clock)
      await network.close()
    },
  }
}

function toAccess(text: string): NodeAccess {
  const url = new URL(text)
  const access = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  url.username = ''
  url.password = ''
  return { ...access, url: url.href }
}
