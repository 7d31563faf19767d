import { startAnvilNode, startFabricNode, startGethNode, startHydraChainNode, startJournal, startMultiChainNode, type LedgerNode } from '@careledger/reference/testing'
import { serve } from '../measure/child-server.ts'

export const ledgerNodes = { journal: startJournal, anvil: startAnvilNode, geth: startGethNode, hydrachain: startHydraChainNode, multichain: startMultiChainNode, fabric: startFabricNode } as const
export type LedgerNodeName = keyof typeof ledgerNodes

/** A ledger's node in a process of its own, so that its CPU is told apart from the client's. */
await serve(async ({ name, directory, streams }: { readonly name: LedgerNodeName; readonly directory: string; readonly streams: readonly string[] }) => {
  const node = await ledgerNodes[name]({ directory, streams })
  return { ready: { against: node.against, configuration: node.configuration } satisfies Omit<LedgerNode, 'stop'>, stop: () => node.stop() }
})
