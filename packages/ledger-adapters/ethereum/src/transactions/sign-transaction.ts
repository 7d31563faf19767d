import { LedgerError } from '@careledger/ledger-spec'
import { getAddress, getBytes, Transaction } from 'ethers'
import type { Fees } from './fees.ts'
import { toSignature, type EthereumSigner } from './signer.ts'

/** A transaction before it has a nonce and fees. */
export interface Payload {
  /** Left out: creates a contract. */
  readonly to?: string | undefined
  readonly data: string
  readonly gasLimit: bigint
}

export interface SignedTransaction {
  readonly hash: string
  /** As eth_sendRawTransaction takes it. */
  readonly raw: string
  readonly fees: Fees
}

/**
 * Signs with the chain's id: type 2 for EIP-1559 fees, type 0 for a gas price. Without a chain id type 0 as before EIP-155.
 * LEDGER_REJECTED: the signer gave something that is not its account's signature; nothing was sent.
 */
export async function signTransaction(
  signer: EthereumSigner,
  chainId: bigint | undefined,
  nonce: bigint,
  { to, data, gasLimit }: Payload,
  fees: Fees,
): Promise<SignedTransaction> {
  const transaction = new Transaction()
  transaction.type = fees.kind === 'eip1559' ? 2 : 0
  transaction.chainId = chainId ?? 0n
  transaction.nonce = Number(nonce)
  transaction.to = to ?? null
  transaction.data = data
  transaction.gasLimit = gasLimit
  if (fees.kind === 'legacy') transaction.gasPrice = fees.gasPrice
  else {
    transaction.maxFeePerGas = fees.maxFeePerGas
    transaction.maxPriorityFeePerGas = fees.maxPriorityFeePerGas
  }
  const signature = await signer.signDigest(getBytes(transaction.unsignedHash))
  try {
    transaction.signature = toSignature(signature)
  } catch (cause) {
    throw new LedgerError('LEDGER_REJECTED', 'The signer did not give a signature', { cause })
  }
  if (transaction.from !== getAddress(signer.address)) throw new LedgerError('LEDGER_REJECTED', 'The signature is not one of the signer\'s address')
  return { hash: transaction.hash ?? '', raw: transaction.serialized, fees }
}
