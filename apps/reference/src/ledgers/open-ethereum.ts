import type { Ledger } from '@careledger/ledger-spec'
import { z } from 'zod'
import { bigNumber, nodeSettings, readUrls } from './evm-settings.ts'
import type { LedgerOpening } from './ledger-opening.ts'
import { readSecret } from './secret.ts'

/** What differs from the adapter's own settings: large numbers, and secrets by their place. Everything else is handed on as it is. */
const settingsSchema = z.looseObject({
  ...nodeSettings,
  chainId: bigNumber,
  contract: z.string(),
  fees: z.looseObject({ maxFeePerGasWei: bigNumber.optional(), maxPriorityFeePerGasWei: bigNumber.optional() }).optional(),
})

/** Ethereum and chains like it: nodes, a contract, and the account's key by its place. */
export async function openEthereum({ settings, directory }: LedgerOpening): Promise<Ledger> {
  const { createEthereumLedger, signerFromPrivateKey } = await import('@careledger/ledger-ethereum')
  const { urls, urlsFrom, key, ...rest } = settingsSchema.parse(settings)
  const signer = key === undefined ? {} : { signer: signerFromPrivateKey(readSecret(key, directory)) }
  return createEthereumLedger({ settings: { ...rest, urls: readUrls({ urls, urlsFrom }, directory) }, ...signer })
}
