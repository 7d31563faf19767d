import { decodeResult, encodeCall, modernBuild, taggedBuild, type ContractBuild, type ContractView } from './contract/records-contract.ts'
import type { Rpc } from './rpc/create-rpc.ts'
import { RpcError } from './rpc/rpc-error.ts'
import { blockSchema, bytesSchema, quantitySchema, type ChainReceipt } from './rpc/schemas.ts'
import { bumpFees, type Fees, type FeeSettings } from './transactions/fees.ts'
import type { Flight } from './transactions/flight.ts'
import type { Payload } from './transactions/sign-transaction.ts'

/** Everything in which chains differ: a ledger is opened with one of them, and nothing else asks what chain it is on. */
export interface ChainProfile {
  /** As the ledger's description has it. */
  readonly kind: string
  readonly build: ContractBuild
  /** How transactions are made: `modern` with the chain's id (EIP-155, EIP-1559 where there is a base fee), `homestead` type 0 without. */
  readonly transactions: 'modern' | 'homestead'
  /** Whether block headers carry the root of their receipts, so that a record can be proven to somebody without a node. */
  readonly receiptsRoot: boolean
  /** `undefined` where nodes do not tell. */
  readChainId(rpc: Rpc, signal?: AbortSignal): Promise<bigint | undefined>
  /** The same for every node of a chain and for no other chain: the hash of its first block. */
  readChainName(rpc: Rpc, signal?: AbortSignal): Promise<string>
  /** Result of one of the contract's functions in the state of block `at`, a number or a tag. */
  readContract(rpc: Rpc, contract: string, name: ContractView, values: readonly unknown[], at: string, signal?: AbortSignal): Promise<readonly unknown[]>
  /** The account's next nonce in the newest block. */
  readNonce(rpc: Rpc, address: string, signal?: AbortSignal): Promise<bigint>
  /**
   * Gas for the call in the state of the newest block, with room; what waits in the pool does not count, it may be replaced. RpcError when
   * it would fail, CallFailure where nodes do not say why.
   */
  estimateGas(rpc: Rpc, call: { readonly from: string; readonly to?: string; readonly data: string }, signal?: AbortSignal): Promise<bigint>
  succeeded(receipt: ChainReceipt, gasLimit: bigint): boolean
  /** Whether the node's error says for certain that it has not taken the transaction. */
  refuses(error: RpcError): boolean
  /** Whether the node has the newest transaction of the flight, pending or in a block. */
  holds(rpc: Rpc, address: string, flight: Flight, signal?: AbortSignal): Promise<boolean>
  /** The transaction that is sent in place of one that stays away: another hash, the same effect. `undefined`: not now. */
  renew(flight: Flight, market: Fees | undefined, settings: FeeSettings): { readonly payload: Payload; readonly fees: Fees } | undefined
}

/** Chains with the rules of Shanghai or later, on geth and the like. */
export const modernProfile: ChainProfile = {
  kind: 'ethereum',
  build: modernBuild,
  transactions: 'modern',
  receiptsRoot: true,
  readChainId: async (rpc, signal) => quantitySchema.parse(await rpc.call('eth_chainId', [], signal)),
  readChainName: async (rpc, signal) => blockSchema.parse(await rpc.call('eth_getBlockByNumber', ['0x0', false], signal)).hash,
  readContract: async (rpc, contract, name, values, at, signal) => decodeResult(name, bytesSchema.parse(await rpc.call('eth_call', [{ to: contract, data: encodeCall(name, values) }, at], signal))),
  readNonce: async (rpc, address, signal) => quantitySchema.parse(await rpc.call('eth_getTransactionCount', [address, 'latest'], signal)),
  estimateGas: async (rpc, call, signal) => withRoom(quantitySchema.parse(await rpc.call('eth_estimateGas', [call, 'latest'], signal))),
  succeeded: (receipt) => receipt.status === 1n,
  refuses: () => true,
  holds: async (rpc, _, flight, signal) => (await rpc.call('eth_getTransactionByHash', [flight.tries.at(-1)?.hash], signal)) != null,
  renew({ payload, tries }, market, settings) {
    const last = tries.at(-1)
    const fees = last && bumpFees(last.fees, market, settings)
    return fees && { payload, fees }
  },
}

/** Chains with Homestead rules and nodes without chain id, receipt status and null in filters. */
export const legacyProfile: ChainProfile = {
  ...modernProfile,
  build: taggedBuild,
  transactions: 'homestead',
  receiptsRoot: false,
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
  succeeded: (receipt, gasLimit) => receipt.status === 1n || (receipt.status == null && receipt.gasUsed < gasLimit),
}

const METHOD_NOT_FOUND = -32601

/** The estimate is of the newest state; a mark or a first record makes a call dearer by at most two new slots. */
export function withRoom(estimate: bigint): bigint {
  return estimate + estimate / 20n + 50_000n
}
