import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fromBase64url, type Signer } from '@careledger/proof'
import { IdentityError } from '../identity-error.ts'
import { createNodeSigner } from './node-signer.ts'
import { verifySignatureSync } from './verify-signature-sync.ts'

/** A signer whose key is in this process, so that it can sign without leaving the thread. */
export interface LocalSigner extends Signer { signSync(message: Uint8Array): Uint8Array }

/** The keys of one instance, each for one purpose. */
export interface SigningKeys {
  /** Signs checkpoints (Ed25519, C2SP note type 0x01). */
  readonly log: LocalSigner
  /** The platform's own witness (Ed25519). */
  readonly cosigner: LocalSigner
  /** Platform root: enrols organisations and the platform's own people and systems (ES256). */
  readonly root: LocalSigner
  /** The platform's system key: writes `decisions-recorded` and other entries of the platform itself (ES256). */
  readonly system: LocalSigner
  /** Signs access tokens and nothing else (ES256). */
  readonly token: LocalSigner
  /** 32 bytes: MAC key of sign-in challenges. */
  readonly challengeSecret: Uint8Array
}

const KEYS = { log: 'ed25519', cosigner: 'ed25519', root: 'p-256', system: 'p-256', token: 'p-256' } as const
type KeyName = keyof typeof KEYS

/**
 * Reads the instance's keys from `directory`, or makes them all at once if there is no such directory: one private JWK in `<name>.json`
 * each, mode 0600 in a directory of mode 0700. A directory that lacks one is never completed: a lost log key must not be replaced in
 * silence. Errors: SIGNING_KEYS_CORRUPT (missing, damaged, or of another kind); the disk's own errors.
 */
export async function createFileSigningKeys(directory: string): Promise<SigningKeys> {
  const place = resolve(directory)
  const there = await stat(place).then(() => true, (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return false
    throw error
  })
  if (!there) await makeKeys(place)
  const signer = async (name: KeyName) => createNodeSigner(await readKey(place, name))
  return { log: await signer('log'), cosigner: await signer('cosigner'), root: await signer('root'), system: await signer('system'), token: await signer('token'), challengeSecret: await readSecret(place) }
}

/** Written whole beside its place and renamed, so that a crash leaves either all keys or none. */
async function makeKeys(place: string): Promise<void> {
  const fresh = `${place}.new-${randomBytes(6).toString('hex')}`
  await mkdir(dirname(place), { recursive: true, mode: 0o700 })
  await mkdir(fresh, { mode: 0o700 })
  try {
    for (const [name, kind] of Object.entries(KEYS)) {
      const { privateKey } = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
      await writeDurably(join(fresh, `${name}.json`), JSON.stringify(privateKey.export({ format: 'jwk' })))
    }
    await writeDurably(join(fresh, 'challenge.json'), JSON.stringify({ kty: 'oct', k: randomBytes(32).toString('base64url') }))
    await syncDirectory(fresh)
    await rename(fresh, place)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Another process was first; its keys are the instance's.
    if (['ENOTEMPTY', 'EEXIST'].includes(String((error as NodeJS.ErrnoException).code))) return
    throw error
  }
  await syncDirectory(dirname(place))
}

async function readKey(place: string, name: KeyName): Promise<KeyObject> {
  const jwk = await readMembers(place, name)
  let key: KeyObject
  try {
    key = createPrivateKey({ format: 'jwk', key: jwk })
  } catch {
    throw corrupt(name)
  }
  const isKind = KEYS[name] === 'ed25519' ? key.asymmetricKeyType === 'ed25519' : key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  // A file whose public half was altered would make signatures that nobody can verify.
  const exported = key.export({ format: 'jwk' })
  if (!isKind || exported.x !== jwk['x'] || exported.y !== jwk['y'] || !signsForItself(key)) throw corrupt(name)
  return key
}

function signsForItself(key: KeyObject): boolean {
  const signer = createNodeSigner(key)
  const message = new Uint8Array(randomBytes(16))
  return verifySignatureSync(signer.algorithm, signer.publicJwk, message, signer.signSync(message))
}

async function readSecret(place: string): Promise<Uint8Array> {
  const { k } = await readMembers(place, 'challenge')
  try {
    const secret = fromBase64url(String(k))
    if (secret.length === 32) return secret
  } catch {
    // Falls through: told below without the parser's words, which may quote the file.
  }
  throw corrupt('challenge')
}

async function readMembers(place: string, name: string): Promise<Readonly<Record<string, string>>> {
  let text: string
  try {
    text = await readFile(join(place, `${name}.json`), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw corrupt(name)
    throw error
  }
  try {
    return JSON.parse(text) as Readonly<Record<string, string>>
  } catch {
    throw corrupt(name)
  }
}

function corrupt(name: string): IdentityError {
  return new IdentityError('SIGNING_KEYS_CORRUPT', `The file ${name}.json of the instance's signing keys is missing or damaged. Restore it; no new key is made in its place.`, { details: { file: `${name}.json` } })
}

async function writeDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
