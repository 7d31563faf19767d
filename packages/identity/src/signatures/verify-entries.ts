import { signatureClaim, type Entry, type EntrySignature, type PublicJwk } from '@careledger/proof'
import { IdentityError } from '../identity-error.ts'
import { verifySignatureSync } from './verify-signature-sync.ts'

/** An entry with its signature and the enrolled key of its author. */
export interface EntryToVerify {
  readonly entry: Entry
  /** Canonical bytes, if they are at hand. */
  readonly canonical?: Uint8Array | undefined
  readonly signature: EntrySignature
  readonly jwk: PublicJwk
}

/**
 * Verifies the signatures of many entries on this thread; the one signature of a batch is verified once, its entries by their paths.
 * Returns when all hold. Errors: SIGNATURE_INVALID, KEY_MALFORMED, with the first bad entry's id and place in `details`.
 */
export function verifyEntries(entries: readonly EntryToVerify[]): void {
  const verified = new Map<string, Uint8Array>()
  entries.forEach(({ entry, canonical, signature, jwk }, place) => {
    try {
      const claim = signatureClaim({ entry, canonical, signature, jwk })
      const name = `${entry.author.key} ${signature.jws}`
      const former = verified.get(name)
      if (former !== undefined && Buffer.compare(former, claim.message) === 0) return
      if (!verifySignatureSync(claim.algorithm, claim.jwk, claim.message, claim.signature)) throw new TypeError('The signature does not hold.')
      verified.set(name, claim.message)
    } catch (error) {
      const code = (error as { readonly code?: unknown }).code === 'KEY_INVALID' ? 'KEY_MALFORMED' : 'SIGNATURE_INVALID'
      throw new IdentityError(code, (error as Error).message, { details: { entry: entry.id, place } })
    }
  })
}
