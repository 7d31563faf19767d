import { checkAuthor } from '../../entries/check-author.ts'
import { withLazyView } from '../../entries/lazy-view.ts'
import { rowSource } from '../../entries/prepare-write.ts'
import { createProjector } from '../../entries/projector.ts'
import { typeOf } from '../../entries/read-signed-entry.ts'
import type { SignedEntry } from '../../entries/signed-entry.ts'
import { createSignatureVerifier } from '../../entries/verify-signatures.ts'
import { toEntrySignature, utf8, type CanonicalValue, type Entry } from '@careledger/proof'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'

/**
 * Whether the entry's key is in force and signed it, before anything is read that belongs to it. The Write that accepts it checks again.
 * Errors: KEY_UNKNOWN, KEY_REVOKED, SIGNATURE_INVALID, INPUT_MALFORMED.
 */
export async function checkWriter(parts: Parts, entry: Entry, { entry: given, signature }: Pick<SignedEntry, 'entry' | 'signature'>): Promise<void> {
  try {
    await withLazyView(parts.store, async (view) => {
      const author = await checkAuthor(createProjector(parts, rowSource(parts, view)), { entry, type: typeOf(parts, entry) })
      const canonical = typeof given === 'string' ? utf8(given) : given
      createSignatureVerifier().verify({ entry, canonical, signature: toEntrySignature(signature as unknown as CanonicalValue) }, author.jwk)
    })
  } catch (error) {
    throw toLogicError(error)
  }
}
