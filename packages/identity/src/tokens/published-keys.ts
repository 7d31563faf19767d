import { toPublicJwk, type CanonicalValue, type PublicJwk } from '@careledger/proof'
import { createBoundedMap } from '../bounded-map.ts'
import { IdentityError } from '../identity-error.ts'
import type { FetchDocument } from '../outbound/fetch-document.ts'

export interface PublishedKeysSettings {
  readonly fetchDocument: FetchDocument
  /** How long a set is used without being fetched again: a key that was taken out of it signs nobody in after that. Default 300,000 ms. */
  readonly keepMs?: number | undefined
  /** Between two fetches of one set, whatever is asked for. Default 10,000 ms. */
  readonly intervalMs?: number | undefined
}

/** Sets of keys (JWKS, RFC 7517 §5) that systems publish at an address of their own. */
export interface PublishedKeys {
  /**
   * The key of this id. One that is not in the set as it is known has it fetched anew, once for all who ask, and not more often than `intervalMs`.
   * `undefined`: the set does not have it. Errors: DOCUMENT_UNAVAILABLE while the set cannot be had.
   */
  find(url: string, kid: string, now: Date): Promise<PublicJwk | undefined>
}

interface KnownSet {
  readonly keys: ReadonlyMap<string, PublicJwk>
  readonly fetchedMs: number
}

/** Sets that are remembered, and keys of one that are looked at. */
const setsMax = 1_000
const keysMax = 100

export function createPublishedKeys({ fetchDocument, keepMs = 300_000, intervalMs = 10_000 }: PublishedKeysSettings): PublishedKeys {
  const sets = createBoundedMap<string, KnownSet>(setsMax)
  const asked = createBoundedMap<string, number>(setsMax)
  const pending = new Map<string, Promise<KnownSet>>()
  const fetchSet = (url: string, nowMs: number): Promise<KnownSet> => {
    let running = pending.get(url)
    if (running === undefined) {
      asked.set(url, nowMs)
      running = fetchDocument(url).then((document) => {
        const set = { keys: readSet(document), fetchedMs: nowMs }
        sets.set(url, set)
        return set
      }).finally(() => pending.delete(url))
      pending.set(url, running)
    }
    return running
  }
  return {
    async find(url, kid, now) {
      const nowMs = now.getTime()
      const known = sets.get(url)
      const fresh = known !== undefined && nowMs - known.fetchedMs < keepMs ? known : undefined
      const found = fresh?.keys.get(kid)
      if (found !== undefined) return found
      const last = asked.get(url)
      const tooSoon = !pending.has(url) && last !== undefined && nowMs - last < intervalMs
      if (!tooSoon) return (await fetchSet(url, nowMs)).keys.get(kid)
      if (fresh === undefined) throw new IdentityError('DOCUMENT_UNAVAILABLE', 'The set of keys could not be had a moment ago. Repeat later.', { details: { check: 'interval' } })
      return undefined
    },
  }
}

/** Public P-256 and Ed25519 keys for signatures with an id of their own; others are left out. Errors: DOCUMENT_UNAVAILABLE. */
function readSet(document: unknown): ReadonlyMap<string, PublicJwk> {
  const listed = (document as { readonly keys?: unknown } | null)?.keys
  if (!Array.isArray(listed) || listed.length > keysMax) throw new IdentityError('DOCUMENT_UNAVAILABLE', 'The document is no set of keys.', { details: { check: 'form' } })
  const keys = new Map<string, PublicJwk>()
  const twice = new Set<string>()
  for (const one of listed as readonly Readonly<Record<string, unknown>>[]) {
    const kid = one?.['kid']
    const jwk = typeof kid === 'string' && kid.length <= 128 ? readKey(one) : undefined
    if (jwk === undefined) continue
    if (keys.has(kid as string)) twice.add(kid as string)
    keys.set(kid as string, jwk)
  }
  // Which of two keys of one id signed would be the server's choice.
  for (const kid of twice) keys.delete(kid)
  return keys
}

function readKey({ kty, crv, x, y, d, use, alg }: Readonly<Record<string, unknown>>): PublicJwk | undefined {
  if (d !== undefined || (use !== undefined && use !== 'sig')) return undefined
  if (alg !== undefined && alg !== (kty === 'OKP' ? 'EdDSA' : 'ES256')) return undefined
  try {
    return toPublicJwk({ kty, crv, x, ...(y === undefined ? {} : { y }) } as unknown as CanonicalValue)
  } catch {
    return undefined
  }
}
