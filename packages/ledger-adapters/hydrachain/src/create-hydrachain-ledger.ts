import type { EthereumSigner } from '@careledger/ledger-ethereum'
import { openLedger } from '@careledger/ledger-ethereum/legacy'
import type { Ledger } from '@careledger/ledger-spec'
import { createHydraChainProfile } from './hydrachain-profile.ts'
import { checkSettings, toEthereumSettings, type HydraChainLedgerSettings } from './settings.ts'

export interface HydraChainLedgerOptions {
  readonly settings: HydraChainLedgerSettings
  /** The writing account. One process may use one account. Without it the ledger only reads: `append` is LEDGER_UNAUTHORISED. */
  readonly signer?: EthereumSigner | undefined
}

/**
 * Opens a ledger. TypeError: wrong settings. LEDGER_UNAVAILABLE: no node answers. LEDGER_WRONG_CHAIN: a node is on another chain, or
 * there is another contract, or none, at the address.
 */
export async function createHydraChainLedger({ settings, signer }: HydraChainLedgerOptions): Promise<Ledger> {
  const checked = checkSettings(settings)
  const { firstBlock, pollMs, acceptWithinMs } = checked
  return await openLedger(toEthereumSettings(checked), createHydraChainProfile({ firstBlock, pollMs, waitMs: acceptWithinMs }), signer)
}
