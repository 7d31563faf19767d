import { verifySignatureSync } from '@careledger/identity'
import { entryHash, equalBytes, fromBase64url, isBatchSignature, leafHash, rootFromInclusion, samePublicKey, signatureClaim, type Author, type BatchSignature, type PublicJwk } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import { toLogicError } from '../to-logic-error.ts'
import type { ReadEntry } from './read-signed-entry.ts'

/** Verifies entries one after another, and each batch signature only once. */
export interface SignatureVerifier {
  /** Errors: SIGNATURE_INVALID naming the entry. */
  verify(read: SignedBytes, jwk: PublicJwk): void
}
type SignedBytes = Pick<ReadEntry, 'entry' | 'canonical' | 'signature'> & Partial<Pick<ReadEntry, 'entryHash'>>

/** A batch whose signature held. */
interface HeldBatch {
  readonly jws: string
  readonly count: number
  readonly root: Uint8Array
  readonly author: Author
  readonly jwk: PublicJwk
}

export function createSignatureVerifier(): SignatureVerifier {
  /** The newest one; entries of one batch come together. */
  let held: HeldBatch | undefined
  return {
    verify(read, jwk) {
      const { entry, canonical, signature } = read
      try {
        const root = isBatchSignature(signature) ? batchRoot(read, signature) : undefined
        if (held !== undefined && root !== undefined && isOfBatch(held, read, root, jwk)) return
        const claim = signatureClaim({ entry, canonical, signature, jwk })
        if (!verifySignatureSync(claim.algorithm, claim.jwk, claim.message, claim.signature)) throw new LogicError('SIGNATURE_INVALID', 'The signature does not hold.')
        if (isBatchSignature(signature) && root !== undefined) held = { jws: signature.jws, count: signature.count, root, author: entry.author, jwk }
      } catch (error) {
        const refusal = toLogicError(error)
        throw refusal instanceof LogicError ? new LogicError(refusal.code, refusal.message, { cause: error, details: { id: entry.id } }) : refusal
      }
    },
  }
}

/** What a batch signs is its count, root and author: with the same three, key and text, the signature was verified already. */
function isOfBatch(held: HeldBatch, { entry: { author }, signature }: SignedBytes, root: Uint8Array, jwk: PublicJwk): boolean {
  return isBatchSignature(signature) && held.jws === signature.jws && held.count === signature.count && equalBytes(held.root, root)
    && held.author.party === author.party && held.author.key === author.key && held.author.credential === author.credential && samePublicKey(held.jwk, jwk)
}

/** Where the entry's path leads; `undefined` when it cannot be one of its index and count. */
function batchRoot(read: SignedBytes, { index, count, path }: BatchSignature): Uint8Array | undefined {
  return rootFromInclusion({ leafHash: leafHash(read.entryHash ?? entryHash(read.canonical)), index, size: count, path: path.map(fromBase64url) })
}
