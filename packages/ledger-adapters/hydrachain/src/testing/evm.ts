/** What the double asks of the EVM below it: anvil, under Frontier rules. */
export interface Evm {
  /** RpcFailure when anvil answers with an error. */
  ask<T>(method: string, ...params: readonly unknown[]): Promise<T>
}

export class RpcFailure extends Error {
  override readonly name = 'RpcFailure'
}

export interface EvmBlock {
  readonly hash: string
  readonly number: string
  readonly parentHash: string
  readonly logsBloom: string
  readonly transactionsRoot: string
  readonly stateRoot: string
  readonly gasLimit: string
  readonly gasUsed: string
  readonly timestamp: string
  readonly size: string
  readonly transactions: readonly (string | EvmTransaction)[]
}

export interface EvmTransaction {
  readonly hash: string
  readonly nonce: string
  readonly blockHash: string
  readonly blockNumber: string
  readonly transactionIndex: string
  readonly from: string
  readonly to: string | null
  readonly value: string
  readonly gasPrice: string
  readonly gas: string
  readonly input: string
}

export interface EvmReceipt {
  readonly transactionHash: string
  readonly transactionIndex: string
  readonly blockHash: string
  readonly blockNumber: string
  readonly cumulativeGasUsed: string
  readonly gasUsed: string
  readonly contractAddress: string | null
  readonly status: string
  readonly logs: readonly EvmLog[]
}

export interface EvmLog {
  readonly address: string
  readonly topics: readonly string[]
  readonly data: string
}

export function connectEvm(url: string): Evm {
  return {
    async ask<T>(method: string, ...params: readonly unknown[]) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: AbortSignal.timeout(60_000),
      })
      const { result, error } = await response.json() as { result?: T; error?: { message: string } }
      if (error !== undefined) throw new RpcFailure(`${method}: ${error.message}`)
      return result as T
    },
  }
}
