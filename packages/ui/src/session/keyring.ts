import { createSigner, hkdfSha256, jwkThumbprint, toPublicJwk, utf8, type PublicJwk, type Signer } from '@careledger/proof'

/** A private key as a file or the demo hands it over. */
export type PrivateJwk = PublicJwk & { readonly d: string }

/** A key this browser can sign with and nobody can read out: WebCrypto keeps it unextractable, IndexedDB keeps WebCrypto's handle. */
export interface KeptKey {
  /** RFC 7638 thumbprint; the name of the row. */
  readonly key: string
  readonly publicJwk: PublicJwk
  readonly privateKey: CryptoKey
}

/** A key of which this browser keeps no more than ciphertext: a passkey opens it. */
export interface LockedKey {
  readonly key: string
  readonly publicJwk: PublicJwk
  readonly lock: 'passkey' | 'passkey-check'
  /** Nonce (12 bytes) and the PKCS #8 key under AES-256-GCM; see `createLockedKey`. */
  readonly wrapped: Uint8Array<ArrayBuffer>
}

/** Where keys are kept between visits. */
export interface Keyring {
  /** Imports a private key so that it can sign and never leave, keeps it, and answers its signer. `TypeError` when it is no private key. */
  keep(jwk: unknown): Promise<Signer>
  /** A fresh key of this browser, kept open. */
  create(): Promise<Signer>
  /** Keeps a locked key in the place of whatever was kept of it, and its opened form until the page goes or `lock` is called. */
  keepLocked(locked: LockedKey, open: CryptoKey): Promise<Signer>
  /** The signer of a key that is open. */
  signer(key: string): Promise<Signer | undefined>
  /** What is kept of a key that is locked. */
  locked(key: string): Promise<LockedKey | undefined>
  /** Forgets opened forms of locked keys. */
  lock(): void
  forget(key: string): Promise<void>
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256' }

/** The keyring of this browser; falls back to memory where IndexedDB is closed to the page (private windows of some browsers). */
export function createBrowserKeyring(): Keyring {
  const memory = new Map<string, KeptKey | LockedKey>()
  const opened = new Map<string, Signer>()
  const put = async (row: KeptKey | LockedKey): Promise<void> => {
    memory.set(row.key, row)
    await withStore('readwrite', (store) => store.put(row)).catch(() => undefined)
  }
  const find = async (key: string): Promise<KeptKey | LockedKey | undefined> => memory.get(key) ?? (await withStore<KeptKey | LockedKey | undefined>('readonly', (store) => store.get(key)).catch(() => undefined))
  const keepOpen = async (kept: KeptKey): Promise<Signer> => {
    await put(kept)
    return createSigner(kept.privateKey, kept.publicJwk)
  }
  return {
    keep: async (jwk) => keepOpen(await importPrivateJwk(jwk)),
    async create() {
      const { privateKey, publicKey } = (await crypto.subtle.generateKey(P256, false, ['sign', 'verify'])) as CryptoKeyPair
      const publicJwk = await exportedJwk(publicKey)
      return keepOpen({ key: jwkThumbprint(publicJwk), publicJwk, privateKey })
    },
    async keepLocked(locked, open) {
      await put(locked)
      const signer = createSigner(open, locked.publicJwk)
      opened.set(locked.key, signer)
      return signer
    },
    async signer(key) {
      const kept = await find(key)
      return kept !== undefined && 'privateKey' in kept ? createSigner(kept.privateKey, kept.publicJwk) : opened.get(key)
    },
    async locked(key) {
      const kept = await find(key)
      return kept !== undefined && 'wrapped' in kept ? kept : undefined
    },
    lock: () => opened.clear(),
    async forget(key) {
      memory.delete(key)
      opened.delete(key)
      await withStore('readwrite', (store) => store.delete(key)).catch(() => undefined)
    },
  }
}

/** A fresh key under a secret of 32 bytes: its ciphertext, and the key itself, which cannot be read out of this page. */
export async function createLockedKey(secret: Uint8Array, lock: LockedKey['lock']): Promise<{ readonly locked: LockedKey; readonly open: CryptoKey }> {
  const { privateKey, publicKey } = (await crypto.subtle.generateKey(P256, true, ['sign', 'verify'])) as CryptoKeyPair
  const publicJwk = await exportedJwk(publicKey)
  const key = jwkThumbprint(publicJwk)
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const sealed = new Uint8Array(await crypto.subtle.wrapKey('pkcs8', privateKey, await wrappingKey(secret, key), { name: 'AES-GCM', iv, additionalData: utf8(key) as Uint8Array<ArrayBuffer> }))
  const wrapped = new Uint8Array(iv.length + sealed.length)
  wrapped.set(iv)
  wrapped.set(sealed, iv.length)
  const locked = { key, publicJwk, lock, wrapped }
  return { locked, open: await openLockedKey(key, wrapped, secret) }
}

/** Opens what `createLockedKey` made. Errors: OperationError for another secret, key or bytes. */
export async function openLockedKey(key: string, wrapped: Uint8Array<ArrayBuffer>, secret: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.unwrapKey('pkcs8', wrapped.slice(12), await wrappingKey(secret, key), { name: 'AES-GCM', iv: wrapped.slice(0, 12), additionalData: utf8(key) as Uint8Array<ArrayBuffer> }, P256, false, ['sign'])
}

/** AES-256-GCM key: HKDF-SHA-256 of the secret, no salt, info `careledger/v1/passkey-wrap|<thumbprint>`. */
async function wrappingKey(secret: Uint8Array, key: string): Promise<CryptoKey> {
  const bytes = hkdfSha256(secret, `careledger/v1/passkey-wrap|${key}`)
  return crypto.subtle.importKey('raw', bytes as Uint8Array<ArrayBuffer>, 'AES-GCM', false, ['wrapKey', 'unwrapKey'])
}

async function exportedJwk(publicKey: CryptoKey): Promise<PublicJwk> {
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
  return toPublicJwk({ kty, crv, x, y } as never)
}

/** A private JWK as an unextractable signing key. `TypeError` when it is not one. */
export async function importPrivateJwk(value: unknown): Promise<KeptKey> {
  const jwk = toPrivateJwk(value)
  const { d, ...publicJwk } = jwk
  const parameters = publicJwk.kty === 'EC' ? P256 : { name: 'Ed25519' }
  const privateKey = await crypto.subtle.importKey('jwk', { ...publicJwk, d }, parameters, false, ['sign'])
  return { key: jwkThumbprint(publicJwk), publicJwk, privateKey }
}

function toPrivateJwk(value: unknown): PrivateJwk {
  const { kty, crv, x, y, d } = (value ?? {}) as Record<string, string | undefined>
  if (typeof d !== 'string') throw new TypeError('A private JWK has the member "d".')
  const publicJwk = toPublicJwk((kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x }) as never)
  return { ...publicJwk, d }
}

async function withStore<T>(mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  const database = await request<IDBDatabase>(openDatabase())
  try {
    return await request<T>(run(database.transaction('keys', mode).objectStore('keys')))
  } finally {
    database.close()
  }
}

function openDatabase(): IDBOpenDBRequest {
  const opening = indexedDB.open('careledger', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys', { keyPath: 'key' })
  return opening
}

function request<T>(pending: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    pending.onsuccess = () => resolve(pending.result as T)
    pending.onerror = () => reject(pending.error ?? new Error('IndexedDB refused the request.'))
  })
}
