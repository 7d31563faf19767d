import { fromBase64url, type ProofAnchor } from '@careledger/proof'
import { readReceiptEvidence } from './ethereum/read-receipt-evidence.ts'
import { EvidenceError } from './evidence-error.ts'
import type { ShownBlock } from './shown-block.ts'

type ReadEvidence = (bytes: Uint8Array, anchor: ProofAnchor) => ShownBlock

/** By the name before the first space of an anchor's evidence. */
const readers: Readonly<Record<string, ReadEvidence>> = {
  'ethereum-receipt/1': readReceiptEvidence,
}

/**
 * The block that an anchor's evidence leads to. `undefined`: the anchor carries none, or of a form that is not known here. EvidenceError:
 * it does not show that the ledger holds the record.
 */
export function evidenceBlock(anchor: ProofAnchor): ShownBlock | undefined {
  const [format = '', text, ...more] = (anchor.evidence ?? '').split(' ')
  const read = readers[format]
  if (read === undefined) return undefined
  if (text === undefined || more.length > 0) throw new EvidenceError('The evidence is not a format and base64url bytes.')
  let bytes: Uint8Array
  try {
    bytes = fromBase64url(text)
  } catch {
    throw new EvidenceError('The evidence is not base64url.')
  }
  return read(bytes, anchor)
}
