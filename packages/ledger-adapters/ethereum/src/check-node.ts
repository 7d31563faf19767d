import { LedgerError } from '@careledger/ledger-spec'
import { keccak256 } from 'ethers'
import type { ChainProfile } from './profile.ts'
import type { Rpc } from './rpc/create-rpc.ts'
import { bytesSchema } from './rpc/schemas.ts'
import type { CheckedSettings } from './settings.ts'

/** What a ledger needs to know of its contract before it can read. */
export interface ContractFacts {
  /** Block that created it. */
  readonly createdAt: bigint
  readonly chainName: string
}

/** Whether the node is one of this ledger: LEDGER_WRONG_CHAIN when chain id or the code at the contract's address is another. */
export async function checkNode(rpc: Rpc, settings: CheckedSettings, profile: ChainProfile, signal?: AbortSignal): Promise<ContractFacts> {
  const chainId = await profile.readChainId(rpc, signal)
  if (chainId !== undefined && chainId !== settings.chainId) {
    throw new LedgerError('LEDGER_WRONG_CHAIN', 'The node is on another chain than the settings say', { details: { chainId: String(chainId), expected: String(settings.chainId) } })
  }
  const chainName = await profile.readChainName(rpc, signal)
  const code = await rpc.call('eth_getCode', [settings.contract, 'latest'], signal)
  if (keccak256(bytesSchema.parse(code)) !== profile.build.codeHash) {
    throw new LedgerError('LEDGER_WRONG_CHAIN', 'At the address is no contract of this version of CareLedger', { details: { contract: settings.contract } })
  }
  const [createdAt] = await profile.readContract(rpc, settings.contract, 'createdAt', [], 'latest', signal)
  return { createdAt: createdAt as bigint, chainName }
}
