import type { Ledger } from '@careledger/ledger-spec'
import { z } from 'zod'
import type { LedgerOpening } from './ledger-opening.ts'
import { readSecret, secretSchema } from './secret.ts'

/** What differs from the adapter's own settings: the node's password by its place. */
const settingsSchema = z.looseObject({
  url: z.string(),
  credentials: z.strictObject({ user: z.string().min(1), password: secretSchema }),
  chain: z.strictObject({ name: z.string(), genesisHash: z.string().optional() }),
})

/** Streams of a MultiChain node. The password is read again for every call, so that it may change. */
export async function openMultiChain({ settings, directory }: LedgerOpening): Promise<Ledger> {
  const { createMultiChainLedger } = await import('@careledger/ledger-multichain')
  const { credentials, ...rest } = settingsSchema.parse(settings)
  const login = () => ({ user: credentials.user, password: readSecret(credentials.password, directory) })
  login()
  return createMultiChainLedger({ settings: { ...rest, credentials: login } })
}
