import { LedgerError } from '@careledger/ledger-spec'
import type { Client } from './client.ts'
import type { ChainReceipt } from './rpc/schemas.ts'

/**
 * Tries a call of the contract at the node, sends it, and waits until it is in a block. `undefined`: another transaction took its
 * place, so it did nothing and never will. LEDGER_UNAUTHORISED: the ledger was opened without a signer. RpcError and CallFailure: the
 * node or the contract refused it, and nothing was sent.
 */
export async function sendTransaction(client: Client, data: string, signal: AbortSignal): Promise<{ readonly receipt: ChainReceipt; readonly succeeded: boolean } | undefined> {
  const { account, profile, rpc, settings } = client
  if (account === undefined) throw new LedgerError('LEDGER_UNAUTHORISED', 'This ledger was opened without a signer: it only reads')
  const to = settings.contract
  const gasLimit = await profile.estimateGas(rpc, { from: account.address, to, data }, signal)
  const receipt = await account.transactions.send({ to, data, gasLimit }, signal)
  return receipt && { receipt, succeeded: profile.succeeded(receipt, gasLimit) }
}
