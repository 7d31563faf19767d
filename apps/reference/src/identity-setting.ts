import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createAccountProvider, type AccountProvider } from '@careledger/identity'
import { z } from 'zod'
import { SettingsError } from './settings-error.ts'

/** What the environment says of sign-in. */
export const identityEnvironment = {
  /** Whether every call's proof of possession must name a nonce of the server (RFC 9449 §9). */
  CARELEDGER_NONCE: z.enum(['sign-in', 'always']).default('sign-in'),
  /** Minutes after which a session that nobody goes on with ends: automatic log-off at the server. */
  CARELEDGER_LOGOFF_MINUTES: z.coerce.number().min(1).max(10).default(10),
  /** Hours after which a key is proven anew, however busy the session is. */
  CARELEDGER_SESSION_HOURS: z.coerce.number().min(1).max(24).default(12),
  /** Hosts (with a port, where it is not the scheme's own) that may be asked for keys and DIDs though their address is private; separated by commas. */
  CARELEDGER_PRIVATE_HOSTS: z.string().default(''),
  /** OpenID provider by whose accounts staff may sign in to read: issuer, client id, file of the client's secret (absent: a public client), and what people call it. */
  CARELEDGER_OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  CARELEDGER_OIDC_CLIENT: z.string().min(1).optional(),
  CARELEDGER_OIDC_SECRET_FILE: z.string().min(1).optional(),
  CARELEDGER_OIDC_NAME: z.string().min(1).max(60).optional(),
}

export interface IdentitySettings {
  readonly nonceInEveryProof: boolean
  readonly tokenLifetimeMs: number
  readonly sessionMaxMs: number
  readonly privateHosts: readonly string[]
  readonly provider?: { readonly issuer: string; readonly clientId: string; readonly secretFile?: string | undefined; readonly name: string } | undefined
}

/** Errors: SettingsError naming the setting, without its value. */
export function toIdentitySettings(data: z.output<z.ZodObject<typeof identityEnvironment>>): IdentitySettings {
  const { CARELEDGER_OIDC_ISSUER: issuer, CARELEDGER_OIDC_CLIENT: clientId, CARELEDGER_OIDC_SECRET_FILE: secretFile, CARELEDGER_OIDC_NAME: name } = data
  if ((issuer === undefined) !== (clientId === undefined) || (issuer === undefined && (secretFile ?? name) !== undefined)) throw new SettingsError('CARELEDGER_OIDC_ISSUER and CARELEDGER_OIDC_CLIENT come together, and what else is said of the provider with them.')
  return {
    nonceInEveryProof: data.CARELEDGER_NONCE === 'always',
    tokenLifetimeMs: data.CARELEDGER_LOGOFF_MINUTES * 60_000,
    sessionMaxMs: data.CARELEDGER_SESSION_HOURS * 3_600_000,
    privateHosts: data.CARELEDGER_PRIVATE_HOSTS.split(',').map((host) => host.trim().toLowerCase()).filter((host) => host !== ''),
    provider: issuer === undefined || clientId === undefined ? undefined : { issuer, clientId, secretFile, name: name ?? new URL(issuer).hostname },
  }
}

/** The provider of the settings; asked for nothing before somebody signs in by it. Errors: SettingsError. */
export function openAccountProvider({ issuer, clientId, secretFile, name }: NonNullable<IdentitySettings['provider']>): AccountProvider {
  const clientSecret = secretFile === undefined ? undefined : readSecret(secretFile)
  try {
    return createAccountProvider({ issuer, clientId, clientSecret, name })
  } catch (cause) {
    throw new SettingsError('CARELEDGER_OIDC_ISSUER is an https address, or http on this machine.', { cause })
  }
}

function readSecret(path: string): string {
  try {
    return readFileSync(resolve(path), 'utf8').trim()
  } catch (cause) {
    throw new SettingsError('CARELEDGER_OIDC_SECRET_FILE cannot be read.', { cause })
  }
}
