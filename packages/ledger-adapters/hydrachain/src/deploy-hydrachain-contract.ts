import type { EthereumSigner } from '@careledger/ledger-ethereum'
import { deployContract } from '@careledger/ledger-ethereum/legacy'
import { ZeroAddress, ZeroHash } from 'ethers'
import { createHydraChainProfile } from './hydrachain-profile.ts'
import { checkSettings, toEthereumSettings, type HydraChainLedgerSettings } from './settings.ts'

/**
 * Creates a CareLedger contract with the signer's account as its administrator, on whatever chain the nodes are on, and gives what
 * the settings of a ledger need: the contract's address and the chain's first block, once the contract stands in a block. Nobody may
 * write yet: give rights with the ledger's `membership.grant`. It is one transaction of 4 kB, which several validators may not bring into a
 * block. TypeError: wrong settings. LEDGER_REJECTED, LEDGER_UNAVAILABLE: nothing was created. LEDGER_OUTCOME_UNKNOWN: in no block after
 * `acceptWithinMs`.
 */
export async function deployHydraChainContract({ settings, signer }: {
  readonly settings: Omit<HydraChainLedgerSettings, 'contract' | 'firstBlock'>
  readonly signer: EthereumSigner
}): Promise<{ readonly contract: string; readonly firstBlock: string }> {
  const checked = checkSettings({ ...settings, contract: ZeroAddress, firstBlock: ZeroHash })
  const profile = createHydraChainProfile({ pollMs: checked.pollMs, waitMs: checked.acceptWithinMs })
  const { contract, chainName } = await deployContract(toEthereumSettings(checked), profile, signer)
  return { contract, firstBlock: chainName }
}
