import type { CareLedgerClient, SignedInActor } from '@careledger/client'
import type { Signer } from '@careledger/proof'
import type { Keyring } from './keyring.ts'

/** Which of this browser's keys began a sign-in by account; it proves possession of the session and is no key of the person's. */
const BEGUN = 'careledger.account-key'

/** Goes to the provider's page. The browser comes back to `/sign-in/account`. Errors: Problem. */
export async function beginByAccount(client: CareLedgerClient, keyring: Keyring): Promise<void> {
  const signer = await keyring.create()
  const { url } = (await client.callAs(signer, 'session.account.begin', {})) as { readonly url: string }
  sessionStorage.setItem(BEGUN, signer.key)
  location.assign(url)
}

/** Ends the sign-in that this browser began; `undefined`: it began none. The key is forgotten whatever comes of it. Errors: Problem. */
export async function finishByAccount(keyring: Keyring, signIn: (by: Signer, parameters: Readonly<Record<string, string>>) => Promise<SignedInActor>, search: string): Promise<SignedInActor | undefined> {
  const key = sessionStorage.getItem(BEGUN)
  sessionStorage.removeItem(BEGUN)
  const signer = key === null ? undefined : await keyring.signer(key)
  if (key === null || signer === undefined) return undefined
  await keyring.forget(key)
  return signIn(signer, Object.fromEntries(new URLSearchParams(search)))
}
