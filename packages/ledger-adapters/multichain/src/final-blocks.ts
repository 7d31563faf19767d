import { LedgerError } from '@careledger/ledger-spec'
import { readAs, text } from './answers.ts'
import { isRpcError } from './node-error.ts'
import type { NodeRpc } from './node-rpc.ts'

/** Blocks that this client has taken for final: a promise that is looked after. */
export interface FinalBlocks {
  /** LEDGER_CORRUPTION when another block was final at this height. */
  see(height: number, hash: string): void
  /**
   * Asks the node for the highest of them; blocks name their predecessors, so one stands for all. LEDGER_CORRUPTION: the chain has
   * another. LEDGER_UNAVAILABLE: the node is behind what this client has seen.
   */
  check(signal: AbortSignal): Promise<void>
}

const REMEMBERED_MAX = 4_096
/** RPC_BLOCK_NOT_FOUND of rpcprotocol.h. */
const OUT_OF_RANGE = -711

export function createFinalBlocks(rpc: NodeRpc): FinalBlocks {
  const hashes = new Map<number, string>()
  let highest: { readonly height: number; readonly hash: string } | undefined

  function see(height: number, hash: string): void {
    const known = hashes.get(height)
    if (known === hash) return
    if (known !== undefined) throw moved(height)
    hashes.set(height, hash)
    if (highest === undefined || height > highest.height) highest = { height, hash }
    if (hashes.size > REMEMBERED_MAX) for (const oldest of hashes.keys()) { hashes.delete(oldest); break }
  }

  async function check(signal: AbortSignal): Promise<void> {
    if (highest === undefined) return
    const { height, hash } = highest
    const found = await rpc.call('getblockhash', [height], signal).catch((error: unknown) => {
      if (isRpcError(error, OUT_OF_RANGE)) throw new LedgerError('LEDGER_UNAVAILABLE', 'The node is behind what was seen before', { details: { height } })
      throw error
    })
    if (readAs(text, found) !== hash) throw moved(height)
  }

  return { see, check }
}

function moved(height: number): LedgerError {
  return new LedgerError('LEDGER_CORRUPTION', 'A block that was final has been replaced', { details: { height } })
}
