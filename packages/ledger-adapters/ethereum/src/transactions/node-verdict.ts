import { RpcError } from '../rpc/rpc-error.ts'

/**
 * What a node said to a transaction that it did not take, where it matters for the nonce queue.
 * Texts: go-ethereum core/txpool/errors.go and core/error.go; anvil crates/anvil/src/eth/error.rs (revm).
 */
const VERDICTS: readonly (readonly [RegExp, 'known' | 'used' | 'underpriced'])[] = [
  [/already known|already imported/i, 'known'],
  [/nonce too low|invalid nonce.*too low/i, 'used'],
  [/replacement transaction underpriced|transaction underpriced/i, 'underpriced'],
]

/** `known`: it has it. `used`: the nonce is taken by a block. `underpriced`: another has the nonce, or the fees are too low. */
export function toVerdict(error: unknown): 'known' | 'used' | 'underpriced' | undefined {
  if (!(error instanceof RpcError)) return undefined
  return VERDICTS.find(([text]) => text.test(error.message))?.[1]
}
