import { quantitySchema, type ChainBlock } from '../rpc/schemas.ts'
import type { Rpc } from '../rpc/create-rpc.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import type { CheckedSettings } from '../settings.ts'

/** What a transaction offers for a unit of gas, in wei. */
export type Fees =
  | { readonly kind: 'eip1559'; readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }
  | { readonly kind: 'legacy'; readonly gasPrice: bigint }

export type FeeSettings = CheckedSettings['fees']

/**
 * Fees for the next blocks, within the caps: EIP-1559 with twice the base fee and the node's tip, or the node's gas price.
 * `undefined` when the block's own base fee is above the cap: nothing can be sent now.
 */
export async function readFees(rpc: Rpc, block: ChainBlock, settings: FeeSettings, signal?: AbortSignal): Promise<Fees | undefined> {
  const { baseFeePerGas } = block
  if (settings.kind === 'legacy' || baseFeePerGas == null) {
    const gasPrice = least(quantitySchema.parse(await rpc.call('eth_gasPrice', [], signal)), settings.maxFeePerGasWei)
    return baseFeePerGas != null && gasPrice < baseFeePerGas ? undefined : { kind: 'legacy', gasPrice }
  }
  if (baseFeePerGas > settings.maxFeePerGasWei) return undefined
  const tip = least(await readTip(rpc, signal), settings.maxPriorityFeePerGasWei)
  const maxFeePerGas = least(2n * baseFeePerGas + tip, settings.maxFeePerGasWei)
  return { kind: 'eip1559', maxFeePerGas, maxPriorityFeePerGas: least(tip, maxFeePerGas) }
}

/**
 * Fees with which a node takes a transaction in place of one with `old`: at least an eighth more (geth wants a tenth more of both,
 * core/txpool/legacypool, PriceBump) and at least `market`. `undefined` when the caps do not allow it.
 */
export function bumpFees(old: Fees, market: Fees | undefined, settings: FeeSettings): Fees | undefined {
  if (old.kind === 'legacy') {
    const gasPrice = most(eighthMore(old.gasPrice), market?.kind === 'legacy' ? market.gasPrice : 0n)
    return gasPrice > settings.maxFeePerGasWei ? undefined : { kind: 'legacy', gasPrice }
  }
  const maxPriorityFeePerGas = most(eighthMore(old.maxPriorityFeePerGas), market?.kind === 'eip1559' ? market.maxPriorityFeePerGas : 0n)
  const maxFeePerGas = most(eighthMore(old.maxFeePerGas), market?.kind === 'eip1559' ? market.maxFeePerGas : 0n, maxPriorityFeePerGas)
  return maxFeePerGas > settings.maxFeePerGasWei || maxPriorityFeePerGas > settings.maxPriorityFeePerGasWei
    ? undefined
    : { kind: 'eip1559', maxFeePerGas, maxPriorityFeePerGas }
}

/** Nodes without eth_maxPriorityFeePerGas are asked for no tip. */
async function readTip(rpc: Rpc, signal: AbortSignal | undefined): Promise<bigint> {
  try {
    return quantitySchema.parse(await rpc.call('eth_maxPriorityFeePerGas', [], signal))
  } catch (error) {
    if (error instanceof RpcError) return 0n
    throw error
  }
}

function eighthMore(fee: bigint): bigint {
  return fee + fee / 8n + 1n
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function most(...values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (a > b ? a : b))
}
