import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { SettingsError } from '../settings.ts'

const base64url = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const privateJwk = z.union([
  z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: base64url, y: base64url, d: base64url }),
  z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64url, d: base64url }),
])

/** HL7 v2 interfaces of this process: where each listens, and the file with the key that its organisation enrolled as a system. */
const file = z.strictObject({
  v: z.literal(1),
  interfaces: z.array(z.strictObject({
    /** File of one private JWK. */
    key: z.string().min(1),
    host: z.string().min(1).default('127.0.0.1'),
    port: z.int().min(0).max(65_535),
    /** Offset from UTC of times in messages that name none. */
    offset: z.string().regex(/^[+-](0\d|1[0-4]):[0-5]\d$/).default('+00:00'),
    /** Files; `ca`: only senders with a certificate of this authority get in. */
    tls: z.strictObject({ cert: z.string(), key: z.string(), ca: z.string().optional() }).optional(),
  })).max(50),
})

export type PrivateKey = z.output<typeof privateJwk>
export interface ConfiguredInterface {
  readonly key: PrivateKey
  readonly host: string
  readonly port: number
  readonly offset: string
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string | undefined } | undefined
}

/** The interfaces that a file configures; paths in it are taken from its folder. Without a file: none. Errors: SettingsError, which never quotes a key. */
export function readInterfaces(path: string): readonly ConfiguredInterface[] {
  if (!existsSync(path)) return []
  const near = (name: string): string => resolve(dirname(path), name)
  try {
    return file.parse(JSON.parse(readFileSync(path, 'utf8'))).interfaces.map(({ key, tls, ...rest }) => ({
      ...rest, key: privateJwk.parse(JSON.parse(readFileSync(near(key), 'utf8'))),
      ...(tls === undefined ? {} : { tls: { cert: readFileSync(near(tls.cert), 'utf8'), key: readFileSync(near(tls.key), 'utf8'), ...(tls.ca === undefined ? {} : { ca: readFileSync(near(tls.ca), 'utf8') }) } }),
    }))
  } catch (cause) {
    const where = cause instanceof z.ZodError ? ` (${cause.issues.map(({ path: at }) => at.join('.')).join(', ')})` : ''
    throw new SettingsError(`${path} does not describe HL7 v2 interfaces${where}. docs/interchange.md shows the form.`, { cause })
  }
}
