import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DemoPerson as PersonWithKey } from '@careledger/api'

/** A private P-256 key as JWK (RFC 7517). */
export type DemoKey = PersonWithKey['key']

/**
 * Private keys of the demo's organisations and people by party id, made at first start and kept in the data directory; no key is ever in
 * the repository. Only a demo instance has such a file: elsewhere keys stay with those they belong to.
 */
export function demoKeys(directory: string, parties: readonly string[]): ReadonlyMap<string, DemoKey> {
  const path = join(directory, 'demo-keys.json')
  const keys = new Map<string, DemoKey>(readKeys(path))
  const missing = parties.filter((party) => !keys.has(party))
  if (missing.length === 0) return keys
  for (const party of missing) {
    const { kty, crv, x, y, d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
    keys.set(party, { kty, crv, x, y, d } as DemoKey)
  }
  writeFileSync(`${path}.new`, JSON.stringify(Object.fromEntries(keys)), { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
  return keys
}

function readKeys(path: string): [string, DemoKey][] {
  try {
    return Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, DemoKey>)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
