import type { ProofAnchor, StepResult } from '@careledger/proof'
import { evidenceBlock } from './evidence-block.ts'
import { EvidenceError } from './evidence-error.ts'
import type { LedgerTrust } from './ledger-trust.ts'

/**
 * For `verifyProof`'s `verifyAnchor`: `pass` when the evidence leads to a pinned block of the anchor's ledger, `fail` when it leads nowhere
 * or to another block of a pinned height, `unchecked` without evidence or without a pin. Never rejects; asks nobody.
 */
export function createAnchorVerifier(pins: readonly LedgerTrust[]): (anchor: ProofAnchor) => Promise<StepResult> {
  return (anchor) => Promise.resolve(check(anchor, pins))
}

function check(anchor: ProofAnchor, pins: readonly LedgerTrust[]): StepResult {
  const result = (outcome: StepResult['outcome'], detail: string): StepResult => ({ outcome, detail })
  try {
    const block = evidenceBlock(anchor)
    if (block === undefined) return result('unchecked', `${anchor.kind} should hold the ${anchor.for}; the file carries no evidence of it that is known here.`)
    const hashes = pins.filter(({ ledgerId }) => ledgerId === anchor.ledgerId).flatMap(({ blocks }) => blocks[String(block.height)] ?? [])
    const place = `block ${block.height} of ${anchor.kind}`
    if (hashes.length === 0) return result('unchecked', `The ${anchor.for} stands in ${place}, if that block is the ledger's: it is not pinned.`)
    const bare = (hash: string): string => hash.toLowerCase().replace(/^0x/, '')
    if (!hashes.every((hash) => bare(hash) === bare(block.id))) return result('fail', `The evidence leads to another ${place} than the pinned one.`)
    const time = block.time === undefined ? '' : `, made at ${block.time.toISOString()} by the ledger's clock`
    return result('pass', `The ${anchor.for} stands in ${place}, which is pinned${time}.`)
  } catch (error) {
    if (error instanceof EvidenceError) return result('fail', `The evidence of ${anchor.kind} does not hold: ${error.message}`)
    throw error
  }
}
