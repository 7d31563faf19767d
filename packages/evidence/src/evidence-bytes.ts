import { fromBase64url, type ProofAnchor } from '@careledger/proof'
import { EvidenceError } from './evidence-error.ts'

/** Name of the form of an anchor's evidence, empty without any, and its bytes. `bytes` throws EvidenceError when they are not written so. */
export function evidenceBytes(anchor: ProofAnchor): { readonly form: string; bytes(): Uint8Array } {
  const [form = '', text, ...more] = (anchor.evidence ?? '').split(' ')
  return {
    form,
    bytes() {
      if (text === undefined || more.length > 0) throw new EvidenceError('The evidence is not a format and base64url bytes.')
      try {
        return fromBase64url(text)
      } catch {
        throw new EvidenceError('The evidence is not base64url.')
      }
    },
  }
}
