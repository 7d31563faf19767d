import { hash, hkdfSync, randomBytes } from 'node:crypto'
import { fromBase64url, fromUtf8, toBase64url, utf8 } from '@careledger/proof'
import { IdentityError } from '../identity-error.ts'
import type { ReplayStore } from '../replay-store.ts'
import { openBytes, sealBytes } from '../vault/data-keys.ts'
import type { AccountAttempt, AccountProvider } from './account-provider.ts'

/** How long somebody may take at the provider's page. */
const ATTEMPT_MS = 600_000

export interface AccountSignIn {
  /**
   * Begins a sign-in for the browser whose key is `possession`: the address to go to. What has to be remembered travels sealed in `state`, so any process
   * ends what another began. Errors: ACCOUNT_UNAVAILABLE.
   */
  begin(request: { readonly origin: string; readonly possession: string; readonly now: Date }): Promise<{ readonly url: string; readonly expires: Date }>
  /** The account that the provider answers for. Errors: ACCOUNT_REFUSED: another browser's attempt, one that is over or was used; ACCOUNT_UNAVAILABLE. */
  finish(request: { readonly origin: string; readonly possession: string; readonly parameters: Readonly<Record<string, string>>; readonly now: Date }): Promise<string>
}

/** Where the provider sends the browser back to. */
const ACCOUNT_CALLBACK_PATH = '/sign-in/account'

interface Kept extends Omit<AccountAttempt, 'state'> { readonly possession: string; readonly origin: string; readonly expires: number }

/** `secret`: 32 bytes, the same in every process. */
export function createAccountSignIn({ provider, secret, replay }: { readonly provider: AccountProvider; readonly secret: Uint8Array; readonly replay: ReplayStore }): AccountSignIn {
  const key = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), 'careledger/v1/account-attempt', 32))
  const context = utf8('careledger/v1/account-attempt')
  const open = (state: string): Kept | undefined => {
    try {
      const plain = state.length > 2_048 ? undefined : openBytes(key, fromBase64url(state), context)
      return plain === undefined ? undefined : (JSON.parse(fromUtf8(plain)) as Kept)
    } catch {
      return undefined
    }
  }
  return {
    async begin({ origin, possession, now }) {
      const kept: Kept = { nonce: toBase64url(randomBytes(32)), verifier: toBase64url(randomBytes(32)), possession, origin, expires: now.getTime() + ATTEMPT_MS }
      const state = toBase64url(sealBytes(key, utf8(JSON.stringify(kept)), context))
      return { url: await provider.begin({ state, nonce: kept.nonce, verifier: kept.verifier }, `${origin}${ACCOUNT_CALLBACK_PATH}`), expires: new Date(kept.expires) }
    },
    async finish({ origin, possession, parameters, now }) {
      const state = parameters['state'] ?? ''
      const kept = open(state)
      // An answer that somebody slipped into another person's browser names an attempt that this browser's key did not begin.
      if (kept === undefined || kept.possession !== possession || kept.origin !== origin || kept.expires <= now.getTime()) throw refused('The sign-in was not begun here, or took too long.')
      if (!(await replay.claim('account-attempt', hash('sha256', state, 'base64url'), new Date(kept.expires)))) throw refused('The sign-in was ended before.')
      const callback = new URL(ACCOUNT_CALLBACK_PATH, origin)
      for (const [name, value] of Object.entries(parameters)) callback.searchParams.set(name, value)
      return provider.finish({ state, nonce: kept.nonce, verifier: kept.verifier }, callback)
    },
  }
}

function refused(message: string): IdentityError {
  return new IdentityError('ACCOUNT_REFUSED', message, { details: { check: 'attempt' } })
}
