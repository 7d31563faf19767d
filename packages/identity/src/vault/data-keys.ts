import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { randomBytes } from '@careledger/proof'
import type { DataKeys } from './key-vault.ts'
import { VaultError } from './vault-error.ts'

export const KEY_BYTES = 32
export const NONCE_BYTES = 12
export const TAG_BYTES = 16
/** RFC 3394 §2.2.3.1: the default initial value. */
const WRAP_IV = Buffer.alloc(8, 0xa6)

/**
 * What can be done with one 32-byte key. Content keys are wrapped under the key itself (design c4); rows and search tokens use keys
 * derived from it, so that no key serves two algorithms. `assertUsable` runs before every operation and throws where the key is gone.
 */
export function createDataKeys(key: Uint8Array, assertUsable: () => void): DataKeys {
  return {
    wrap(contentKey) {
      assertUsable()
      if (contentKey.length !== KEY_BYTES) throw new TypeError('A content key has 32 bytes.')
      const cipher = createCipheriv('aes256-wrap', keyObject(key, 'wrap'), WRAP_IV)
      return plainBytes(Buffer.concat([cipher.update(contentKey), cipher.final()]))
    },
    unwrap(wrapped) {
      assertUsable()
      if (wrapped.length !== KEY_BYTES + 8) throw new VaultError('VAULT_UNSEAL_FAILED', 'A wrapped content key has 40 bytes.')
      try {
        const decipher = createDecipheriv('aes256-wrap', keyObject(key, 'wrap'), WRAP_IV)
        return plainBytes(Buffer.concat([decipher.update(wrapped), decipher.final()]))
      } catch {
        throw new VaultError('VAULT_UNSEAL_FAILED', 'The wrapped content key does not open under this key.')
      }
    },
    seal(plain, associatedData) {
      assertUsable()
      return sealBytes(keyObject(key, 'row'), plain, associatedData)
    },
    open(sealed, associatedData) {
      assertUsable()
      const plain = openBytes(keyObject(key, 'row'), sealed, associatedData)
      if (plain === undefined) throw new VaultError('VAULT_UNSEAL_FAILED', 'The sealed bytes do not open under this key and associated data.')
      return plain
    },
    token(field, value) {
      assertUsable()
      if (field.includes('\0')) throw new TypeError('A field name holds no NUL.')
      return createHmac('sha256', keyObject(key, 'index')).update(field).update('\0').update(value).digest('base64url')
    },
  }
}

/**
 * The key and what is derived from it, as Node's key objects, as long as the vault keeps the key itself in memory: a page of rows asks for
 * its handle a hundred times, and Node 24 takes 5 µs for a cipher with a key object and 30 µs with bytes.
 */
const keyObjects = new WeakMap<Uint8Array, Partial<Record<'wrap' | 'row' | 'index', KeyObject>>>()

function keyObject(key: Uint8Array, purpose: 'wrap' | 'row' | 'index'): KeyObject {
  let known = keyObjects.get(key)
  if (known === undefined) keyObjects.set(key, (known = {}))
  return (known[purpose] ??= createSecretKey(purpose === 'wrap' ? key : deriveKey(key, purpose)))
}

/** HKDF-SHA-256 with an empty salt; `purpose` keeps the keys derived from one key apart. */
export function deriveKey(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `careledger/v1/vault|${purpose}`, KEY_BYTES))
}

/** AES-256-GCM with a random nonce: nonce || ciphertext || tag. */
export function sealBytes(key: Uint8Array | KeyObject, plain: Uint8Array, associatedData: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', asObject(key), nonce)
  cipher.setAAD(associatedData)
  return plainBytes(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]))
}

/** `undefined`: wrong key, wrong associated data, or altered bytes. */
export function openBytes(key: Uint8Array | KeyObject, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined
  const decipher = createDecipheriv('aes-256-gcm', asObject(key), sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(associatedData)
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  try {
    return plainBytes(Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]))
  } catch {
    return undefined
  }
}

/** Bytes with memory of their own: small Buffers share a pool, and keys must not be reachable through a neighbour's `buffer`. */
function plainBytes(buffer: Buffer): Uint8Array {
  const whole = buffer.byteLength === buffer.buffer.byteLength
  return whole ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer)
}

function asObject(key: Uint8Array | KeyObject): KeyObject {
  return key instanceof Uint8Array ? createSecretKey(key) : key
}
