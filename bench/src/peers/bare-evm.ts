import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { hexlify, JsonRpcProvider, Network, Transaction, Wallet } from 'ethers'
import type { BareLedger } from './bare-ledger.ts'

interface Receipt { readonly gasUsed: string; readonly blockNumber: string | null }
const pollMs = 20
const inBlockWithinMs = 30_000

/**
 * ethers: a transaction that carries the record to the account itself, in nonce order, 16 in flight. It needs no contract, so it is cheaper
 * than any that could be found again. `homestead`: HydraChain's transactions, without chain id and fee.
 */
export async function connectBareEvm(settings: Readonly<Record<string, unknown>>, directory: string, { homestead = false } = {}): Promise<BareLedger> {
  const { urls, key } = settings as { urls: readonly string[]; key: { file: string } }
  // HydraChain's nodes know no chain id, which ethers would ask for.
  const network = Network.from(homestead ? 1 : (settings['chainId'] as number))
  const provider = new JsonRpcProvider(urls[0], network, { batchMaxCount: 1, staticNetwork: network })
  const wallet = new Wallet(readFileSync(join(directory, key.file), 'utf8'))
  let nonce = Number(await provider.send(homestead ? 'eth_nonce' : 'eth_getTransactionCount', [wallet.address, 'latest']))
  const fees = homestead
    ? { type: 0, gasPrice: 0, gasLimit: 60_000 }
    : { type: 2, chainId: settings['chainId'] as number, maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n, gasLimit: 60_000 }
  let sending: Promise<unknown> = Promise.resolve()
  return {
    lanes: 16,
    what: 'ethers, one transaction with 80 bytes of data',
    async write() {
      const transaction = Transaction.from({ ...fees, nonce: nonce++, to: wallet.address, data: hexlify(randomBytes(80)) })
      const raw = await wallet.signTransaction(transaction)
      const sent = sending.then(() => provider.send('eth_sendRawTransaction', [raw]) as Promise<string>)
      sending = sent.catch(() => undefined)
      const hash = await sent
      for (const end = Date.now() + inBlockWithinMs; Date.now() < end; await pause(pollMs)) {
        const receipt = (await provider.send('eth_getTransactionReceipt', [hash])) as Receipt | null
        if (receipt !== null && receipt.blockNumber !== null) return Number(receipt.gasUsed)
      }
      throw new Error('A bare transaction came into no block.')
    },
    close() {
      provider.destroy()
      return Promise.resolve()
    },
  }
}
