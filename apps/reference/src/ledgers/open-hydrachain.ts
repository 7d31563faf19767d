import type { Ledger } from '@careledger/ledger-spec'
import { z } from 'zod'
import { bigNumber, nodeSettings, readUrls } from './evm-settings.ts'
import type { LedgerOpening } from './ledger-opening.ts'
import { readSecret } from './secret.ts'

/** What differs from the adapter's own settings: large numbers, and secrets by their place. Everything else is handed on as it is. */
const settingsSchema = z.looseObject({ ...nodeSettings, firstBlock: z.string(), contract: z.string(), gasPriceMaxWei: bigNumber.optional() })

/** HydraChain: nodes, the first block, a contract, and the account's key by its place. */
export async function openHydraChain({ settings, directory }: LedgerOpening): Promise<Ledger> {
  const { createHydraChainLedger, signerFromPrivateKey } = await import('@careledger/ledger-hydrachain')
  const { urls, urlsFrom, key, ...rest } = settingsSchema.parse(settings)
  const signer = key === undefined ? {} : { signer: signerFromPrivateKey(readSecret(key, directory)) }
  return createHydraChainLedger({ settings: { ...rest, urls: readUrls({ urls, urlsFrom }, directory) }, ...signer })
}
