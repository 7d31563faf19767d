import { startAnvil } from '@careledger/ledger-ethereum/testing'
import { hex } from './decode.ts'
import { createDoubleChain, type DoubleChain } from './double-chain.ts'
import { createMethods } from './double-methods.ts'
import { startDoubleServer, type DoubleServer } from './double-server.ts'
import { connectEvm } from './evm.ts'
import { GENESIS_GAS_LIMIT } from './shapes.ts'

export interface HydraChainDoubleOptions {
  /** How long the first transaction waits for others, in milliseconds. The real node: 1,000 and half a second of consensus. Default 10. */
  readonly blockTimeMs?: number | undefined
}

/** A node that answers as HydraChain 0.3.2 with one validator does, and can be made to fail as it does. */
export interface HydraChainDouble extends Pick<DoubleServer, 'url' | 'offline' | 'hang' | 'cutAnswers' | 'failAnswers'>, Pick<DoubleChain, 'lose' | 'stall' | 'makeBlock'> {
  /** Gives an account money, in wei. */
  fund(address: string, wei: bigint): Promise<void>
  /** The node ends and begins again: pending transactions and filters are gone, blocks are not. */
  restart(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts the double on a free port of loopback. The EVM is anvil's, with Frontier rules as HydraChain's default profile has them. The
 * answers are compared with recorded ones of a real node. Not modelled: logs of pending transactions, several validators.
 */
export async function startHydraChainDouble({ blockTimeMs = 10 }: HydraChainDoubleOptions = {}): Promise<HydraChainDouble> {
  const anvil = await startAnvil({ flags: ['--hardfork', 'frontier', '--no-mining', '--order', 'fifo', '--accounts', '0', '--timestamp', '0',
    '--gas-limit', String(GENESIS_GAS_LIMIT), '--gas-price', '0', '--disable-default-create2-deployer'] })
  const evm = connectEvm(anvil.url)
  const chain = await createDoubleChain(evm, { blockTimeMs })
  let methods = createMethods(evm, chain)
  const server = await startDoubleServer(() => methods)
  const { url, offline, hang, cutAnswers, failAnswers } = server
  const { lose, stall, makeBlock } = chain
  return {
    url, offline, hang, cutAnswers, failAnswers, lose, stall, makeBlock,
    async fund(address, wei) { await evm.ask('anvil_setBalance', address, hex(wei)) },
    async restart() {
      offline(true)
      await chain.forget()
      methods = createMethods(evm, chain)
      offline(false)
    },
    async close() {
      chain.stop()
      await server.close()
      await anvil.stop()
    },
  }
}
