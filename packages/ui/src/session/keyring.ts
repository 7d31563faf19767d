import { createSigner, jwkThumbprint, toPublicJwk, type PublicJwk, type Signer } from '@careledger/proof'

/** A private key as a file or the demo hands it over. */
export type PrivateJwk = PublicJwk & { readonly d: string }

/** A key this browser can sign with and nobody can read out: WebCrypto keeps it unextractable, IndexedDB keeps WebCrypto's handle. */
export interface KeptKey {
  /** RFC 7638 thumbprint; the name of the row. */
  readonly key: string
  readonly publicJwk: PublicJwk
  readonly privateKey: CryptoKey
}

/** Where keys are kept between visits. */
export interface Keyring {
  /** Imports a private key so that it can sign and never leave, keeps it, and answers its signer. `TypeError` when it is no private key. */
  keep(jwk: unknown): Promise<Signer>
  signer(key: string): Promise<Signer | undefined>
}

/** The keyring of this browser; falls back to memory where IndexedDB is closed to the page (private windows of some browsers). */
export function createBrowserKeyring(): Keyring {
  const memory = new Map<string, KeptKey>()
  return {
    async keep(jwk) {
      const kept = await importPrivateJwk(jwk)
      memory.set(kept.key, kept)
      await withStore('readwrite', (store) => store.put(kept)).catch(() => undefined)
      return createSigner(kept.privateKey, kept.publicJwk)
    },
    async signer(key) {
      const kept = memory.get(key) ?? (await withStore<KeptKey | undefined>('readonly', (store) => store.get(key)).catch(() => undefined))
      return kept && createSigner(kept.privateKey, kept.publicJwk)
    },
  }
}

/** A private JWK as an unextractable signing key. `TypeError` when it is not one. */
export async function importPrivateJwk(value: unknown): Promise<KeptKey> {
  const jwk = toPrivateJwk(value)
  const { d, ...publicJwk } = jwk
  const parameters = publicJwk.kty === 'EC' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' }
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
