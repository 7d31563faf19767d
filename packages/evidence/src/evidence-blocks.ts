import type { ProofAnchor } from '@careledger/proof'
import { readReceiptEvidence } from './ethereum/read-receipt-evidence.ts'
import { evidenceBytes } from './evidence-bytes.ts'
import { readTransactionEvidence } from './multichain/read-transaction-evidence.ts'
import type { ShownBlock } from './shown-block.ts'

type ReadEvidence = (bytes: Uint8Array, anchor: ProofAnchor) => readonly ShownBlock[]

/** By the name before the first space of an anchor's evidence. */
const readers: Readonly<Record<string, ReadEvidence>> = {
  'ethereum-receipt/1': (bytes, anchor) => [readReceiptEvidence(bytes, anchor)],
  'multichain-transaction/1': readTransactionEvidence,
}

/**
 * The blocks that an anchor's evidence leads to, the one with the record first; all of them have to be the ledger's. `undefined`: the
 * anchor carries none, or of a form that is not known here. EvidenceError: it does not show that the ledger holds the record.
 */
export function evidenceBlocks(anchor: ProofAnchor): readonly ShownBlock[] | undefined {
  const { form, bytes } = evidenceBytes(anchor)
  const read = Object.hasOwn(readers, form) ? readers[form] : undefined
  return read?.(bytes(), anchor)
}
