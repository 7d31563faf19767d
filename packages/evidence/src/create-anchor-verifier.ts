import type { ProofAnchor, StepResult } from '@careledger/proof'
import { evidenceBlocks } from './evidence-blocks.ts'
import { EvidenceError } from './evidence-error.ts'
import type { LedgerTrust } from './ledger-trust.ts'
import type { ShownBlock } from './shown-block.ts'

/**
 * For `verifyProof`'s `verifyAnchor`: `pass` when every block that the evidence leads to is pinned for the anchor's ledger, `fail` when it leads
 * nowhere or to another block of a pinned height, `unchecked` without evidence or without a pin. Never rejects; asks nobody.
 */
export function createAnchorVerifier(pins: readonly LedgerTrust[]): (anchor: ProofAnchor) => Promise<StepResult> {
  return (anchor) => Promise.resolve(check(anchor, pins))
}

function check(anchor: ProofAnchor, pins: readonly LedgerTrust[]): StepResult {
  const result = (outcome: StepResult['outcome'], detail: string): StepResult => ({ outcome, detail })
  try {
    const shown = evidenceBlocks(anchor)
    const [block] = shown ?? []
    if (shown === undefined || block === undefined) return result('unchecked', `${anchor.kind} should hold the ${anchor.for}; the file carries no evidence of it that is known here.`)
    const place = `block ${block.height} of ${anchor.kind}`
    const states = shown.map((each) => ({ ...each, pinned: pinOf(each, anchor, pins) }))
    const other = states.find(({ pinned }) => pinned === 'another')
    if (other !== undefined) return result('fail', `The evidence leads to another block ${other.height} of ${anchor.kind} than the pinned one.`)
    const missing = states.filter(({ pinned }) => pinned === 'none').map(({ height }) => height)
    if (missing.length > 0) return result('unchecked', `The ${anchor.for} stands in ${place}, if the evidence's blocks are the ledger's: ${missing.join(' and ')} not pinned.`)
    const time = block.time === undefined ? '' : `, made at ${block.time.toISOString()} by the ledger's clock`
    return result('pass', `The ${anchor.for} stands in ${place}, which is pinned${time}.`)
  } catch (error) {
    if (error instanceof EvidenceError) return result('fail', `The evidence of ${anchor.kind} does not hold: ${error.message}`)
    throw error
  }
}

function pinOf({ height, id }: ShownBlock, { ledgerId }: ProofAnchor, pins: readonly LedgerTrust[]): 'this' | 'another' | 'none' {
  const hashes = pins.filter((pin) => pin.ledgerId === ledgerId).flatMap(({ blocks }) => blocks[String(height)] ?? [])
  if (hashes.length === 0) return 'none'
  const bare = (hash: string): string => hash.toLowerCase().replace(/^0x/, '')
  return hashes.every((hash) => bare(hash) === bare(id)) ? 'this' : 'another'
}
