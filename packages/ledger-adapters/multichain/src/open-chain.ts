import { LedgerError } from '@careledger/ledger-spec'
import { blockchainParams, readAs } from './answers.ts'
import { DATA_BYTES_MAX, ITEMS_MAX } from './item-limits.ts'
import type { NodeRpc } from './node-rpc.ts'
import type { CheckedSettings } from './settings.ts'

/** What of the chain's parameters the adapter needs. They never change. */
export interface Chain {
  readonly genesisHash: string
  /** Seconds. */
  readonly targetBlockTime: number
}

/** With mining-diversity below 1, forks of 1 to 6 blocks were measured, and items that moved after 3 confirmations. */
const CONFIRMATIONS_SAFE = 8

/**
 * Reads the chain's parameters and refuses a chain on which the promises do not hold. LEDGER_WRONG_CHAIN: another name or genesis.
 * LEDGER_REJECTED: `details.parameter` names what does not fit; nothing but another chain or another setting helps.
 */
export async function openChain(rpc: NodeRpc, settings: CheckedSettings, signal: AbortSignal): Promise<Chain> {
  const params = readAs(blockchainParams, await rpc.call('getblockchainparams', [], signal))
  const genesisHash = params['genesis-hash']
  if (params['chain-name'] !== settings.chain.name) throw new LedgerError('LEDGER_WRONG_CHAIN', 'The node is on a chain of another name')
  if (settings.chain.genesisHash !== undefined && settings.chain.genesisHash !== genesisHash) {
    throw new LedgerError('LEDGER_WRONG_CHAIN', 'The node is on a chain of the same name with another genesis block', { details: { found: genesisHash } })
  }
  if (params['chain-protocol'] !== 'multichain') refuse('chain-protocol', 'The chain has no streams')
  if (settings.confirmationsMin < CONFIRMATIONS_SAFE && params['mining-diversity'] < 1) {
    refuse('mining-diversity', `Fewer than ${CONFIRMATIONS_SAFE} confirmations are safe only where miners take strict turns (mining-diversity 1)`)
  }
  const rounds = params['mine-empty-rounds']
  if (rounds >= 0 && rounds + 1 < settings.confirmationsMin) refuse('mine-empty-rounds', 'The chain stops before records are final: its miners make too few empty blocks')
  if (params['max-std-op-returns-count'] < ITEMS_MAX) refuse('max-std-op-returns-count', `A transaction needs ${ITEMS_MAX} items`)
  if (params['max-std-op-return-size'] < DATA_BYTES_MAX + 1_024) refuse('max-std-op-return-size', 'An item is too small')
  if (params['max-std-tx-size'] < 2 * DATA_BYTES_MAX) refuse('max-std-tx-size', 'A transaction is too small')
  return { genesisHash, targetBlockTime: params['target-block-time'] }
}

function refuse(parameter: string, message: string): never {
  throw new LedgerError('LEDGER_REJECTED', message, { details: { parameter } })
}
