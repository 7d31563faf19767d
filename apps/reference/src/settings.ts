import { join, resolve } from 'node:path'
import type { S3DocumentsSettings } from '@careledger/documents-s3'
import { z } from 'zod'
import { documentsEnvironment, toDocumentsSettings } from './documents-setting.ts'
import { identityEnvironment, toIdentitySettings, type IdentitySettings } from './identity-setting.ts'
import { SettingsError } from './settings-error.ts'
import { toRootStores, vaultEnvironment } from './vault-setting.ts'

export { SettingsError } from './settings-error.ts'

/** What the environment says. Every setting has a default that works on one machine. */
const environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  /** Address to listen on; loopback unless told otherwise. */
  CARELEDGER_HOST: z.string().min(1).default('127.0.0.1'),
  /** `api` answers callers, `worker` carries the log on, `all` does both. Several processes of an instance need PostgreSQL. */
  CARELEDGER_ROLE: z.enum(['api', 'worker', 'all']).default('all'),
  /** The address that callers use, where it is not this process's own: a proxy's, the same for every process. Scheme, host and port only. */
  CARELEDGER_PUBLIC_URL: z.url({ protocol: /^https?$/ }).refine((text) => new URL(text).origin === text.replace(/\/$/, ''), 'is scheme, host and port only').optional(),
  /** Certificate chain and its private key, PEM files: the server speaks HTTPS. */
  CARELEDGER_TLS_CERT: z.string().min(1).optional(),
  CARELEDGER_TLS_KEY: z.string().min(1).optional(),
  /** Beside HTTPS: plain HTTP here is sent on to it, and nothing else is answered. */
  CARELEDGER_REDIRECT_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  /** The data directory, `.careledger` where the command runs by default; made when missing. */
  CARELEDGER_DATA: z.string().min(1).optional(),
  /** The name of this instance's log; a domain in production. */
  CARELEDGER_ORIGIN: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,120}$/, 'is a domain name').default('careledger.localhost'),
  /** `off`: no demo people, no demo data. */
  CARELEDGER_DEMO: z.enum(['on', 'off']).default('on'),
  /** Folder for the vaults' roots; keep it outside every data backup. */
  CARELEDGER_VAULT_ROOT: z.string().min(1).optional(),
  /** File of ledgers and of the networks they take; absent: `ledgers.json` in the data directory, or the embedded ledger. */
  CARELEDGER_LEDGERS: z.string().min(1).optional(),
  /** File of HL7 v2 interfaces; absent: `interfaces.json` in the data directory, if there is one. */
  CARELEDGER_INTERFACES: z.string().min(1).optional(),
  /** Demo only: an HL7 v2 interface of one hospital listens here. */
  CARELEDGER_HL7_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  /** MiB of opened charts that this process may hold in memory; 0: none, everything is opened each time. */
  CARELEDGER_OPENED_MIB: z.coerce.number().int().min(0).max(65_536).default(128),
  /** Addresses at which organisations may be told of their entries: `organisation=https://host ...; ...`. */
  CARELEDGER_NOTIFY: z.string().default(''),
  /** An OTLP/HTTP receiver for traces, for example `http://127.0.0.1:4318`; absent: nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** Share of the requests that are traced, 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  CARELEDGER_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('warn'),
  ...documentsEnvironment,
  ...identityEnvironment,
  ...vaultEnvironment,
  /** PostgreSQL; absent: the embedded PGlite in the data directory. */
  DATABASE_URL: z.url({ protocol: /^postgres(?:ql)?$/ }).optional(),
})

export interface Settings {
  readonly role: 'api' | 'worker' | 'all'
  /** Absent: each process is addressed by its own. */
  readonly publicUrl?: string | undefined
  readonly port: number
  /** Paths of PEM files; absent: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  readonly redirectPort?: number | undefined
  readonly host: string
  readonly dataDirectory: string
  readonly vaultRootDirectory: string
  readonly origin: string
  readonly demo: boolean
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly traces?: { readonly endpoint: string; readonly ratio: number } | undefined
  readonly databaseUrl?: string | undefined
  readonly interfacesFile?: string | undefined
  readonly hl7Port?: number | undefined
  readonly notify?: string | undefined
  /** Bytes of opened charts held in memory. Default 128 MiB. */
  readonly openedBytesMax?: number | undefined
  readonly ledgersFile?: string | undefined
  /** Documents on S3; absent: files in the data directory. */
  readonly documents?: S3DocumentsSettings | undefined
  readonly identity: IdentitySettings
  /** Keeps each custodian's root instead of a file in `vaultRootDirectory`. */
  readonly rootStores?: ReturnType<typeof toRootStores>
}

/** Reads the settings; rejects with one sentence per wrong one, never with a value (an address may hold a password). */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const parsed = environment.safeParse(env)
  if (!parsed.success) {
    throw new SettingsError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
  }
  const { data } = parsed
  if ((data.CARELEDGER_TLS_CERT === undefined) !== (data.CARELEDGER_TLS_KEY === undefined)) throw new SettingsError('CARELEDGER_TLS_CERT and CARELEDGER_TLS_KEY come together: a certificate and its key.')
  if (data.CARELEDGER_REDIRECT_PORT !== undefined && data.CARELEDGER_TLS_CERT === undefined) throw new SettingsError('CARELEDGER_REDIRECT_PORT sends plain HTTP on to HTTPS: give a certificate too.')
  const dataDirectory = resolve(data.CARELEDGER_DATA ?? '.careledger')
  return {
    role: data.CARELEDGER_ROLE,
    publicUrl: data.CARELEDGER_PUBLIC_URL === undefined ? undefined : new URL(data.CARELEDGER_PUBLIC_URL).origin,
    // A worker's port is for its health and figures; beside an api process it takes any free one unless told.
    port: data.PORT ?? (data.CARELEDGER_ROLE === 'worker' ? 0 : 4600),
    host: data.CARELEDGER_HOST,
    tls: data.CARELEDGER_TLS_CERT === undefined || data.CARELEDGER_TLS_KEY === undefined ? undefined : { cert: resolve(data.CARELEDGER_TLS_CERT), key: resolve(data.CARELEDGER_TLS_KEY) },
    redirectPort: data.CARELEDGER_REDIRECT_PORT,
    dataDirectory,
    vaultRootDirectory: resolve(data.CARELEDGER_VAULT_ROOT ?? join(dataDirectory, 'vault-root')),
    origin: data.CARELEDGER_ORIGIN,
    demo: data.CARELEDGER_DEMO === 'on',
    logLevel: data.CARELEDGER_LOG_LEVEL,
    traces: data.OTEL_EXPORTER_OTLP_ENDPOINT === undefined ? undefined : { endpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT, ratio: data.OTEL_TRACES_SAMPLER_ARG },
    databaseUrl: data.DATABASE_URL,
    interfacesFile: resolve(data.CARELEDGER_INTERFACES ?? join(dataDirectory, 'interfaces.json')),
    hl7Port: data.CARELEDGER_HL7_PORT,
    notify: data.CARELEDGER_NOTIFY,
    openedBytesMax: data.CARELEDGER_OPENED_MIB * 1_048_576,
    documents: toDocumentsSettings(data),
    identity: toIdentitySettings(data),
    rootStores: toRootStores(data),
    ledgersFile: data.CARELEDGER_LEDGERS === undefined ? undefined : resolve(data.CARELEDGER_LEDGERS),
  }
}
