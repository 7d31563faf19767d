import { readFileSync, writeFileSync } from 'node:fs'
import type { PrivateJwk } from '@careledger/client'

/** A new P-256 key, kept in a file that only its owner reads before anybody enrols it, so that what was interrupted can be repeated with the same file. Errors: where the file exists. */
export async function newKeyIn(file: string): Promise<PrivateJwk> {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', privateKey)
  writeFileSync(file, JSON.stringify({ kty, crv, x, y, d }), { mode: 0o600, flag: 'wx' })
  return JSON.parse(readFileSync(file, 'utf8')) as PrivateJwk
}
