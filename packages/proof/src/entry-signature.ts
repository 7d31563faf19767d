import { concat, fromBase64url, toBase64url, u64, utf8 } from './bytes.ts'
import { canonicalBytes, parseCanonical, type CanonicalValue } from './canonical-json.ts'
import { entryBytes, entryHash, type Author, type Entry } from './entry.ts'
import { taggedHash } from './hash.ts'
import { detachedJws, isDetachedJws, JWS_LENGTH_MAX, openDetachedJws, protectedHeader, signingInput, type JwsType } from './jws.ts'
import { leafHash } from './leaf.ts'
import { merklePaths, rootFromInclusion } from './merkle.ts'
import { ProofError } from './proof-error.ts'
import { jwkThumbprint, signatureProblem, type PublicJwk, type SignatureAlgorithm } from './public-key.ts'
import { readBytesText, readMembers } from './read-members.ts'
import { verifySignature, type Signer, type VerifySignature } from './signer.ts'

/** The signature object that stands beside an entry: its own signature, or its place in a signed batch. */
export type EntrySignature = SingleSignature | BatchSignature
export interface SingleSignature {
  /** Compact detached JWS over the canonical entry. */
  readonly jws: string
}
export interface BatchSignature {
  /** Compact detached JWS over the batch; the same text for every entry of it. */
  readonly jws: string
  /** Place of the entry in the batch, from 0. */
  readonly index: number
  /** Entries in the batch, 1..4,096. */
  readonly count: number
  /** Audit path from the entry to the batch's root, leaf side first: 32 bytes each, base64url. */
  readonly path: readonly string[]
}

/** Most entries in one signed batch. */
export const BATCH_COUNT_MAX = 4096

/** Whether the object is a place in a batch. */
export const isBatchSignature = (signature: EntrySignature): signature is BatchSignature => 'count' in signature

/** Signs one entry. The author's key must be the signer's (`TypeError`). */
export const signEntry = async (entry: Entry, signer: Signer): Promise<SingleSignature> => {
  checkAuthor(entry.author, signer)
  return { jws: await sign('careledger-entry+jws', entryBytes(entry), signer) }
}

/**
 * Signs 1 to 4,096 entries of one author with one signature; the answers stand in the order of the entries. All must name the same
 * author, whose key is the signer's (`TypeError`).
 */
export const signEntries = async (entries: readonly Entry[], signer: Signer): Promise<readonly BatchSignature[]> => {
  const first = entries[0]
  if (first === undefined || entries.length > BATCH_COUNT_MAX) throw new TypeError(`A batch has 1 to ${BATCH_COUNT_MAX} entries.`)
  checkAuthor(first.author, signer)
  for (const entry of entries) if (!sameAuthor(entry.author, first.author)) throw new TypeError('All entries of a batch have one author.')
  const { root, paths } = merklePaths(entries.map((entry) => leafHash(entryHash(entry))))
  const count = entries.length
  const jws = await sign('careledger-batch+jws', batchBytes({ count, root, author: first.author }), signer)
  return paths.map((path, index) => ({ jws, index, count, path: path.map(toBase64url) }))
}

/** The canonical bytes that a batch signature signs. */
export const batchBytes = (batch: { readonly count: number; readonly root: Uint8Array; readonly author: Author }): Uint8Array =>
  canonicalBytes({ v: 1, kind: 'batch', count: batch.count, root: toBase64url(batch.root), author: batch.author })

/** Reads the canonical JSON of a signature object. Errors as `parseEntry`. */
export const parseEntrySignature = (bytes: Uint8Array): EntrySignature => toEntrySignature(parseCanonical(bytes))

/** Checks a parsed value as a signature object; the signature itself is not verified. */
export const toEntrySignature = (value: CanonicalValue, path = ''): EntrySignature => {
  const members = readMembers(value, path)
  const jws = members.text('jws', /^[A-Za-z0-9_.-]+$/)
  if (!isDetachedJws(jws)) throw new ProofError('MALFORMED', `A detached JWS of at most ${JWS_LENGTH_MAX} characters was expected.`, { path: `${path}.jws` })
  if (!members.has('count')) {
    members.end()
    return { jws }
  }
  const count = members.integer('count', BATCH_COUNT_MAX)
  if (count === 0) throw new ProofError('MALFORMED', 'A batch has at least one entry.', { path: `${path}.count` })
  const signature: BatchSignature = {
    jws,
    index: members.integer('index', count - 1),
    count,
    path: members.items('path', 12).map((item, index) => readBytesText(item, 32, `${path}.path[${index}]`)),
  }
  members.end()
  return signature
}

/** The canonical bytes of a signature object, as stores keep it. */
export const entrySignatureBytes = (signature: EntrySignature): Uint8Array => canonicalBytes(signature)

/**
 * What the leaf binds of a signature, 32 bytes: `H("signature", jws)`, or for a batch
 * `H("batch-signature", jws, u64(index), u64(count), path joined)`.
 */
export const signatureHash = (signature: EntrySignature): Uint8Array =>
  isBatchSignature(signature)
    ? taggedHash('batch-signature', utf8(signature.jws), u64(signature.index), u64(signature.count), concat(...signature.path.map(fromBase64url)))
    : taggedHash('signature', utf8(signature.jws))

/** What remains to be verified by arithmetic; equal for all entries of one batch. */
export interface SignatureClaim {
  readonly algorithm: SignatureAlgorithm
  readonly jwk: PublicJwk
  readonly message: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/**
 * Checks everything about an entry's signature but the arithmetic: key, header, form, place in the batch. Node callers verify the
 * claim synchronously, and once for each batch. `canonical` spares writing the entry again. Errors: `SIGNATURE_INVALID`, `KEY_INVALID`.
 */
export const signatureClaim = (input: { readonly entry: Entry; readonly canonical?: Uint8Array | undefined; readonly signature: EntrySignature; readonly jwk: PublicJwk }): SignatureClaim => {
  const { entry, signature, jwk } = input
  if (jwkThumbprint(jwk) !== entry.author.key) throw refused('The key is not the one the author names.')
  const canonical = input.canonical ?? entryBytes(entry)
  const type: JwsType = isBatchSignature(signature) ? 'careledger-batch+jws' : 'careledger-entry+jws'
  const opened = openDetachedJws(signature.jws, type, jwk, entry.author.key)
  const algorithm = jwk.kty === 'OKP' ? 'EdDSA' : 'ES256'
  const problem = signatureProblem(algorithm, jwk, opened.signature)
  if (problem !== undefined) throw refused(problem)
  const payload = isBatchSignature(signature) ? batchPayload(entry.author, canonical, signature) : canonical
  return { algorithm, jwk, message: signingInput(opened.header, payload), signature: opened.signature }
}

/** Verifies an entry's signature by its enrolled key. Resolves when it holds; rejects with `SIGNATURE_INVALID` or `KEY_INVALID`. */
export const verifyEntrySignature = async (entry: Entry, signature: EntrySignature, jwk: PublicJwk, verify: VerifySignature = verifySignature): Promise<void> => {
  const claim = signatureClaim({ entry, signature, jwk })
  if (!(await verify(claim.algorithm, jwk, claim.message, claim.signature))) throw refused('The signature does not hold.')
}

const batchPayload = (author: Author, canonical: Uint8Array, place: BatchSignature): Uint8Array => {
  if (place.count < 1 || place.count > BATCH_COUNT_MAX) throw refused(`A batch has 1 to ${BATCH_COUNT_MAX} entries.`)
  const root = rootFromInclusion({ leafHash: leafHash(entryHash(canonical)), index: place.index, size: place.count, path: place.path.map(fromBase64url) })
  if (root === undefined) throw refused('The place in the batch does not fit its size.')
  return batchBytes({ count: place.count, root, author })
}

const sign = async (type: JwsType, payload: Uint8Array, signer: Signer): Promise<string> => {
  const header = protectedHeader(type, signer.publicJwk, signer.key)
  return detachedJws(header, await signer.sign(signingInput(header, payload)))
}

const checkAuthor = (author: Author, signer: Signer): void => {
  if (author.key !== signer.key) throw new TypeError("The author's key is not the signer's.")
}

const sameAuthor = (a: Author, b: Author): boolean => a.party === b.party && a.key === b.key && a.credential === b.credential

const refused = (message: string): ProofError => new ProofError('SIGNATURE_INVALID', message)
