import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jwkThumbprint, toPublicJwk, type PublicJwk } from '@careledger/proof'
import { IdentityError } from '../identity-error.ts'

/** A key that the log signed with before. `root`: base64url of 32 bytes; `entry`: the `log-key-changed` entry. */
export interface FormerLogKeyFile { readonly key: PublicJwk; readonly size: number; readonly root: string; readonly entry: string }

/** A change of the log's key that was begun: the new private key, and whatever else the caller needs to finish. */
export interface PendingLogKey<More> { readonly jwk: Readonly<Record<string, string>>; readonly publicJwk: PublicJwk; readonly more: More }

const [currentFile, formerFile, pendingFile] = ['log.json', 'log-former.json', 'log.next.json']

/** Former keys of the log, newest first; they lie with the key of today, in no backup. Errors: SIGNING_KEYS_CORRUPT. */
export function readFormerLogKeys(directory: string): readonly FormerLogKeyFile[] {
  const path = join(directory, formerFile)
  return existsSync(path) ? parse<readonly FormerLogKeyFile[]>(path, formerFile) : []
}

/** Whether a change of the log's key was begun and not finished: nothing may sign until it is. */
export function isLogKeyPending(directory: string): boolean {
  return existsSync(join(directory, pendingFile))
}

/** Makes a new key and keeps it beside the one of today; one that was begun before is given back as it is. Durable when it returns. Errors: SIGNING_KEYS_CORRUPT. */
export function beginLogKey<More>(directory: string, more: (next: Pick<PendingLogKey<More>, 'publicJwk'>) => More): PendingLogKey<More> {
  const path = join(directory, pendingFile)
  if (existsSync(path)) return parse<PendingLogKey<More>>(path, pendingFile)
  const { privateKey } = generateKeyPairSync('ed25519')
  const jwk = privateKey.export({ format: 'jwk' }) as Readonly<Record<string, string>>
  const publicJwk = toPublicJwk({ crv: jwk['crv'], kty: jwk['kty'], x: jwk['x'] } as never, 'key')
  const pending = { jwk, publicJwk, more: more({ publicJwk }) }
  writeWhole(directory, pendingFile, JSON.stringify(pending))
  return pending
}

/**
 * Puts the new key in the place of the old one, whose file is gone then; what it signed last is remembered first. Cut short anywhere, the same call goes on.
 * Errors: SIGNING_KEYS_CORRUPT, also where the pending key does not sign.
 */
export function finishLogKey(directory: string, pending: Pick<PendingLogKey<unknown>, 'jwk'>, former: FormerLogKeyFile): void {
  try {
    createPrivateKey({ format: 'jwk', key: pending.jwk })
  } catch {
    throw corrupt(pendingFile)
  }
  const known = readFormerLogKeys(directory)
  const thumbprint = jwkThumbprint(former.key)
  if (!known.some(({ key }) => jwkThumbprint(key) === thumbprint)) writeWhole(directory, formerFile, `${JSON.stringify([former, ...known], null, 2)}\n`)
  writeWhole(directory, currentFile, JSON.stringify(pending.jwk))
  rmSync(join(directory, pendingFile))
}

function parse<T>(path: string, file: string): T {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    throw corrupt(file)
  }
}

function writeWhole(directory: string, file: string, text: string): void {
  const path = join(directory, file)
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}

function corrupt(file: string): IdentityError {
  return new IdentityError('SIGNING_KEYS_CORRUPT', `The file ${file} of the instance's signing keys is damaged. Restore it.`, { details: { file } })
}
