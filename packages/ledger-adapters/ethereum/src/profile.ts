import { modernBuild, taggedBuild, type ContractBuild } from './contract/records-contract.ts'
import type { Rpc } from './rpc/create-rpc.ts'
import { RpcError } from './rpc/rpc-error.ts'
import { quantitySchema, type ChainReceipt } from './rpc/schemas.ts'

/** Everything in which chains differ: a ledger is opened with one of them, and nothing else asks what chain it is on. */
export interface ChainProfile {
  readonly build: ContractBuild
  /** How transactions are made: `modern` with the chain's id (EIP-155, EIP-1559 where there is a base fee), `homestead` type 0 without. */
  readonly transactions: 'modern' | 'homestead'
  /** `undefined` where nodes do not tell. */
  readChainId(rpc: Rpc, signal?: AbortSignal): Promise<bigint | undefined>
  /** The account's next nonce in the newest block. */
  readNonce(rpc: Rpc, address: string, signal?: AbortSignal): Promise<bigint>
  /** Gas for the call in the state of the newest block, with room; what waits in the pool does not count, it may be replaced. RpcError when it would fail, where nodes say so. */
  estimateGas(rpc: Rpc, call: { readonly from: string; readonly to?: string; readonly data: string }, signal?: AbortSignal): Promise<bigint>
  succeeded(receipt: ChainReceipt, gasLimit: bigint): boolean
}

/** Chains with the rules of Shanghai or later, on geth and the like. */
export const modernProfile: ChainProfile = {
  build: modernBuild,
  transactions: 'modern',
  readChainId: async (rpc, signal) => quantitySchema.parse(await rpc.call('eth_chainId', [], signal)),
  readNonce: async (rpc, address, signal) => quantitySchema.parse(await rpc.call('eth_getTransactionCount', [address, 'latest'], signal)),
  estimateGas: async (rpc, call, signal) => withRoom(quantitySchema.parse(await rpc.call('eth_estimateGas', [call, 'latest'], signal))),
  succeeded: (receipt) => receipt.status === 1n,
}

/** Chains with Homestead rules and nodes without chain id, receipt status and null in filters. */
export const legacyProfile: ChainProfile = {
  build: taggedBuild,
  transactions: 'homestead',
  async readChainId(rpc, signal) {
    try {
      return await modernProfile.readChainId(rpc, signal)
    } catch (error) {
      if (error instanceof RpcError && error.code === METHOD_NOT_FOUND) return undefined
      throw error
    }
  },
  /** HydraChain's eth_getTransactionCount leaves out the chain's first nonce; eth_nonce does not. */
  async readNonce(rpc, address, signal) {
    try {
      return quantitySchema.parse(await rpc.call('eth_nonce', [address, 'latest'], signal))
    } catch (error) {
      if (error instanceof RpcError && error.code === METHOD_NOT_FOUND) return await modernProfile.readNonce(rpc, address, signal)
      throw error
    }
  },
  estimateGas: modernProfile.estimateGas,
  succeeded: (receipt, gasLimit) => receipt.status === 1n || (receipt.status == null && receipt.gasUsed < gasLimit),
}

const METHOD_NOT_FOUND = -32601

/** The estimate is of the newest state; a mark or a first record makes a call dearer by at most two new slots. */
function withRoom(estimate: bigint): bigint {
  return estimate + estimate / 20n + 50_000n
}
