import { z } from 'zod'
import { SettingsError } from '../settings.ts'
import { readSecret, secretSchema, type Secret } from './secret.ts'

/** A whole number, in JSON as such or, where it is too large for one, as text. */
export const bigNumber = z.union([z.int().min(0), z.string().regex(/^\d{1,78}$/, 'a whole number')]).transform((value) => BigInt(value))

/** Nodes and the account's key of chains with Ethereum's machine: secrets by their place. */
export const nodeSettings = {
  urls: z.array(z.string().min(1)).min(1).optional(),
  /** URLs that hold credentials, one in a line. */
  urlsFrom: secretSchema.optional(),
  /** The account's private key, 0x and 64 hex digits. Without it the ledger only reads. */
  key: secretSchema.optional(),
}

/** The nodes' addresses. Errors: SettingsError when there is none, or one holds a password. */
export function readUrls({ urls, urlsFrom }: { readonly urls?: readonly string[] | undefined; readonly urlsFrom?: Secret | undefined }, directory: string): readonly string[] {
  if (urls?.some(holdsCredentials) === true) throw new SettingsError('settings.urls: an address holds a password. Put the addresses in a file, one in a line, and name it in settings.urlsFrom.')
  const found = urlsFrom === undefined ? (urls ?? []) : readSecret(urlsFrom, directory).split(/\s+/)
  if (found.length === 0) throw new SettingsError('settings.urls: the addresses of one or more nodes are missing.')
  return found
}

function holdsCredentials(url: string): boolean {
  const parsed = URL.parse(url)
  return parsed !== null && (parsed.username !== '' || parsed.password !== '')
}
