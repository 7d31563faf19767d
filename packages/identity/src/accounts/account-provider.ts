import { accountId } from '@careledger/proof'
import * as oidc from 'openid-client'
import { IdentityError } from '../identity-error.ts'

export interface AccountProviderSettings {
  /** Issuer of the OpenID provider, as it names itself. */
  readonly issuer: string
  readonly clientId: string
  /** Absent: a public client, which PKCE alone protects. */
  readonly clientSecret?: string | undefined
  /** What people call it; stands on the button. */
  readonly name: string
  /** Longest wait for one answer of the provider. Default 10,000 ms. */
  readonly timeoutMs?: number | undefined
}

/** What the person's browser keeps of a sign-in that is under way, sealed by the instance. */
export interface AccountAttempt { readonly state: string; readonly nonce: string; readonly verifier: string }

/** An OpenID provider by which staff sign in to read (OpenID Connect Core, authorization code with PKCE). */
export interface AccountProvider {
  readonly name: string
  readonly issuer: string
  /** Where the browser goes; comes back to `redirectUri` with `code` and `state`. Errors: ACCOUNT_UNAVAILABLE. */
  begin(attempt: AccountAttempt, redirectUri: string): Promise<string>
  /**
   * Exchanges the code, and verifies the ID token: signature, issuer, audience, nonce, times with 30 seconds of leeway. Gives the account's id. Errors:
   * ACCOUNT_REFUSED where the provider or a check says no, ACCOUNT_UNAVAILABLE.
   */
  finish(attempt: AccountAttempt, callback: URL): Promise<string>
}

const LEEWAY_S = 30

/** Asks the provider for its configuration at first use, and again after a failure. http is for this machine only. */
export function createAccountProvider(settings: AccountProviderSettings): AccountProvider {
  const { issuer, clientId, clientSecret, name, timeoutMs = 10_000 } = settings
  const server = new URL(issuer)
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(server.hostname)
  if (server.protocol !== 'https:' && !(server.protocol === 'http:' && local)) throw new TypeError('An OpenID provider is reached by https.')
  let found: Promise<oidc.Configuration> | undefined
  const configuration = (): Promise<oidc.Configuration> => {
    found ??= oidc.discovery(server, clientId, { [oidc.clockTolerance]: LEEWAY_S, ...(clientSecret === undefined ? {} : { client_secret: clientSecret }) }, clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret), {
      execute: [oidc.enableNonRepudiationChecks, ...(server.protocol === 'http:' ? [oidc.allowInsecureRequests] : [])], timeout: timeoutMs / 1000,
    }).catch((cause: unknown) => {
      found = undefined
      throw unavailable(cause)
    })
    return found
  }
  return {
    name, issuer,
    async begin({ state, nonce, verifier }, redirectUri) {
      const config = await configuration()
      const code_challenge = await oidc.calculatePKCECodeChallenge(verifier)
      return oidc.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: 'openid', state, nonce, code_challenge, code_challenge_method: 'S256' }).href
    },
    async finish({ state, nonce, verifier }, callback) {
      const config = await configuration()
      try {
        const tokens = await oidc.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true })
        const claims = tokens.claims()
        if (claims === undefined || claims.sub.length > 255) throw refused()
        return accountId(claims.iss, claims.sub)
      } catch (error) {
        throw error instanceof IdentityError ? error : isNetwork(error) ? unavailable(error) : refused(error)
      }
    },
  }
}

/** The provider gave no answer, or one that says it is not well. */
function isNetwork(error: unknown): boolean {
  const { code, cause, status } = error as { readonly code?: unknown; readonly cause?: unknown; readonly status?: unknown }
  return (typeof status === 'number' && status >= 500) || code === 'OAUTH_TIMEOUT' || (error instanceof TypeError && code === undefined) || (cause as { readonly name?: unknown } | undefined)?.name === 'TimeoutError'
}

function refused(cause?: unknown): IdentityError {
  return new IdentityError('ACCOUNT_REFUSED', 'The sign-in by account did not come to an end that can be believed. Begin it again.', { cause, details: { check: 'attempt' } })
}

function unavailable(cause: unknown): IdentityError {
  return new IdentityError('ACCOUNT_UNAVAILABLE', 'The identity provider cannot be reached.', { cause })
}
