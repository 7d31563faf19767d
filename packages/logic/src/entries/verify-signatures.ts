import { verifySignatureSync } from '@careledger/identity'
import { equalBytes, signatureClaim, type PublicJwk } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import { toLogicError } from '../to-logic-error.ts'
import type { ReadEntry } from './read-signed-entry.ts'

/** Verifies entries one after another, and each batch signature only once. */
export interface SignatureVerifier {
  /** Errors: SIGNATURE_INVALID naming the entry. */
  verify(read: Pick<ReadEntry, 'entry' | 'canonical' | 'signature'>, jwk: PublicJwk): void
}

export function createSignatureVerifier(): SignatureVerifier {
  /** The newest batch that held; entries of one batch come together. */
  let held: { readonly jws: string; readonly message: Uint8Array } | undefined
  return {
    verify({ entry, canonical, signature }, jwk) {
      try {
        const claim = signatureClaim({ entry, canonical, signature, jwk })
        if (held !== undefined && held.jws === signature.jws && equalBytes(held.message, claim.message)) return
        if (!verifySignatureSync(claim.algorithm, claim.jwk, claim.message, claim.signature)) throw new LogicError('SIGNATURE_INVALID', 'The signature does not hold.')
        if ('count' in signature) held = { jws: signature.jws, message: claim.message }
      } catch (error) {
        const refusal = toLogicError(error)
        throw refusal instanceof LogicError ? new LogicError(refusal.code, refusal.message, { cause: error, details: { id: entry.id } }) : refusal
      }
    },
  }
}
