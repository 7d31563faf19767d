import { didDocument, jwkThumbprint, parseDidKey, parseDidWeb, toPublicJwk, type CanonicalValue, type PublicJwk } from '@careledger/proof'
import { IdentityError } from '../identity-error.ts'
import type { FetchDocument } from '../outbound/fetch-document.ts'

/** One key of a DID document, as far as this platform uses keys. */
export interface DidMethod {
  /** Id of the verification method. */
  readonly id: string
  readonly jwk: PublicJwk
  readonly thumbprint: string
  readonly uses: readonly ('assertionMethod' | 'authentication')[]
  readonly expires?: string | undefined
  readonly revoked?: string | undefined
}

export interface ResolvedDid { readonly did: string; readonly methods: readonly DidMethod[] }

/** Most verification methods that are looked at. */
const methodsMax = 200

/**
 * The keys behind a did:key, without asking anybody, or a did:web, by its document. Methods of other kinds are left out. Errors: KEY_MALFORMED for what is
 * neither, or a document of another DID; DOCUMENT_UNAVAILABLE.
 */
export async function resolveDid(did: string, fetchDocument: FetchDocument, signal?: AbortSignal): Promise<ResolvedDid> {
  if (did.startsWith('did:key:')) {
    const jwk = reading(() => parseDidKey(did))
    return read(did, didDocument(did, [{ jwk, thumbprint: jwkThumbprint(jwk) }]))
  }
  const { origin, path } = reading(() => parseDidWeb(did))
  return read(did, await fetchDocument(`${origin}${path}`, signal))
}

function read(did: string, document: unknown): ResolvedDid {
  if (!isObject(document) || document['id'] !== did) throw new IdentityError('KEY_MALFORMED', 'The document is of another DID.')
  const listed = itemsOf(document['verificationMethod']).slice(0, methodsMax)
  return { did, methods: listed.flatMap((method) => toMethod(did, document, method) ?? []) }
}

function toMethod(did: string, document: Readonly<Record<string, unknown>>, method: unknown): DidMethod | undefined {
  if (!isObject(method) || !isObject(method['publicKeyJwk']) || method['controller'] !== did) return undefined
  const { id, expires, revoked } = method
  if (typeof id !== 'string' || !id.startsWith(`${did}#`)) return undefined
  const { kty, crv, x, y } = method['publicKeyJwk']
  try {
    const jwk = toPublicJwk({ kty, crv, x, ...(y === undefined ? {} : { y }) } as unknown as CanonicalValue)
    const uses = (['assertionMethod', 'authentication'] as const).filter((use) => itemsOf(document[use]).includes(id))
    return { id, jwk, thumbprint: jwkThumbprint(jwk), uses, ...(typeof expires === 'string' ? { expires } : {}), ...(typeof revoked === 'string' ? { revoked } : {}) }
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

function reading<T>(body: () => T): T {
  try {
    return body()
  } catch (cause) {
    throw new IdentityError('KEY_MALFORMED', 'This is no did:key or did:web that is understood here.', { cause })
  }
}
