import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { equalBytes, signatureClaim, type PublicJwk, type SignatureClaim } from '@careledger/proof'
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
        if (!holds(claim, entry.author.key)) throw new LogicError('SIGNATURE_INVALID', 'The signature does not hold.')
        if ('count' in signature) held = { jws: signature.jws, message: claim.message }
      } catch (error) {
        const refusal = toLogicError(error)
        throw refusal instanceof LogicError ? new LogicError(refusal.code, refusal.message, { cause: error, details: { id: entry.id } }) : refusal
      }
    },
  }
}

/** Synchronous: a third cheaper than WebCrypto's promise for each signature. The strict form was checked by `signatureClaim`. */
function holds(claim: SignatureClaim, thumbprint: string): boolean {
  const key = keyObject(thumbprint, claim.jwk)
  return claim.algorithm === 'EdDSA' ? verify(null, claim.message, key, claim.signature) : verify('sha256', claim.message, { key, dsaEncoding: 'ieee-p1363' }, claim.signature)
}

const keyObjectsMax = 10_000
const keyObjects = new Map<string, KeyObject>()

function keyObject(thumbprint: string, jwk: PublicJwk): KeyObject {
  let key = keyObjects.get(thumbprint)
  if (key === undefined) {
    if (keyObjects.size >= keyObjectsMax) keyObjects.delete(keyObjects.keys().next().value as string)
    key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    keyObjects.set(thumbprint, key)
  }
  return key
}
