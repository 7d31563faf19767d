import { LedgerError } from '@careledger/ledger-spec'
import { getAddress, ZeroAddress } from 'ethers'
import { checkNode } from './check-node.ts'
import { legacyProfile, modernProfile, type ChainProfile } from './profile.ts'
import { createChain } from './rpc/chain.ts'
import { createRpc } from './rpc/create-rpc.ts'
import { checkSettings, type CheckedSettings, type EthereumLedgerSettings } from './settings.ts'
import { toOpenError } from './to-ledger-error.ts'
import { createTransactionQueue } from './transactions/create-transaction-queue.ts'
import type { EthereumSigner } from './transactions/signer.ts'

/**
 * Creates a CareLedger contract with the signer's account as its administrator, and gives its address once it stands in a block.
 * Nobody may write yet: give rights with the ledger's `membership.grant`. TypeError: wrong settings. LEDGER_WRONG_CHAIN,
 * LEDGER_REJECTED, LEDGER_UNAVAILABLE: nothing was created. LEDGER_OUTCOME_UNKNOWN: in no block after `acceptWithinMs`.
 */
export async function deployEthereumContract({ settings, signer }: {
  readonly settings: Omit<EthereumLedgerSettings, 'contract'>
  readonly signer: EthereumSigner
}): Promise<string> {
  const checked = checkSettings({ ...settings, contract: ZeroAddress })
  return (await deployContract(checked, checked.profile === 'modern' ? modernProfile : legacyProfile, signer)).contract
}

/** The same on a chain of any profile; `settings.contract` does not matter. */
export async function deployContract(settings: CheckedSettings, profile: ChainProfile, signer: EthereumSigner): Promise<{ readonly contract: string; readonly chainName: string }> {
  const rpc = createRpc({ urls: settings.urls, timeoutMs: settings.requestTimeoutMs, requestsMax: settings.requestsMax })
  const transactions = createTransactionQueue({ rpc, chain: createChain(rpc, settings, profile), profile, signer, settings })
  const data = profile.build.bytecode
  try {
    const chainId = await profile.readChainId(rpc)
    if (chainId !== undefined && chainId !== settings.chainId) throw new LedgerError('LEDGER_WRONG_CHAIN', 'The node is on another chain than the settings say', { details: { chainId: String(chainId) } })
    const gasLimit = await profile.estimateGas(rpc, { from: signer.address, data })
    const receipt = await transactions.send({ data, gasLimit }, new AbortController().signal)
    if (receipt?.contractAddress == null) throw new LedgerError('LEDGER_REJECTED', 'The contract was not created')
    const { chainName } = await checkNode(rpc, { ...settings, contract: receipt.contractAddress }, profile)
    return { contract: getAddress(receipt.contractAddress), chainName }
  } catch (error) {
    throw toOpenError(error)
  } finally {
    transactions.close()
  }
}
