import type { ProofAnchor, StepResult } from '@careledger/proof'
import { evidenceBlocks } from './evidence-blocks.ts'
import { evidenceBytes } from './evidence-bytes.ts'
import { EvidenceError } from './evidence-error.ts'
import { readEndorsedRead, type Endorsement } from './fabric/endorsed-read.ts'
import { endorsingOrganisations } from './fabric/endorsing-organisations.ts'
import type { CertificateTrust, LedgerTrust } from './ledger-trust.ts'
import type { ShownBlock } from './shown-block.ts'

const ENDORSED_READ = 'fabric-endorsed-read/1'

/**
 * For `verifyProof`'s `verifyAnchor`: `pass` when every block that the evidence leads to is pinned for the anchor's ledger, `fail` when it leads
 * nowhere or to another block of a pinned height, `unchecked` without evidence or without a pin. For evidence that
 * organisations sign: `pass` when as many as the pin says have signed, `fail` when fewer have. Never rejects; asks nobody.
 */
export function createAnchorVerifier(pins: readonly LedgerTrust[]): (anchor: ProofAnchor) => Promise<StepResult> {
  return (anchor) => check(anchor, pins.filter(({ ledgerId }) => ledgerId === anchor.ledgerId))
}

async function check(anchor: ProofAnchor, pins: readonly LedgerTrust[]): Promise<StepResult> {
  try {
    const { form, bytes } = evidenceBytes(anchor)
    return form === ENDORSED_READ ? await checkOrganisations(readEndorsedRead(bytes(), anchor), anchor, pins) : checkBlocks(anchor, pins)
  } catch (error) {
    if (error instanceof EvidenceError) return result('fail', `The evidence of ${anchor.kind} does not hold: ${error.message}`)
    throw error
  }
}

async function checkOrganisations(endorsements: readonly Endorsement[], anchor: ProofAnchor, pins: readonly LedgerTrust[]): Promise<StepResult> {
  const trusts = pins.filter((pin): pin is CertificateTrust => 'organisations' in pin)
  if (trusts.length === 0) return result('unchecked', `Peers have signed that ${anchor.kind} holds the ${anchor.for}; no organisation of it is pinned.`)
  for (const trust of trusts) {
    const { size } = await endorsingOrganisations(endorsements, trust)
    if (size < trust.organisationsMin) return result('fail', `Peers of ${size} pinned organisations have signed the ${anchor.for}, and ${trust.organisationsMin} are asked for.`)
  }
  return result('pass', `Peers of ${Math.max(...trusts.map(({ organisationsMin }) => organisationsMin))} pinned organisations or more have signed that ${anchor.kind} holds the ${anchor.for}.`)
}

function checkBlocks(anchor: ProofAnchor, pins: readonly LedgerTrust[]): StepResult {
  const shown = evidenceBlocks(anchor)
  const [block] = shown ?? []
  if (shown === undefined || block === undefined) return result('unchecked', `${anchor.kind} should hold the ${anchor.for}; the file carries no evidence of it that is known here.`)
  const place = `block ${block.height} of ${anchor.kind}`
  const states = shown.map((each) => ({ ...each, pinned: pinOf(each, pins) }))
  const other = states.find(({ pinned }) => pinned === 'another')
  if (other !== undefined) return result('fail', `The evidence leads to another block ${other.height} of ${anchor.kind} than the pinned one.`)
  const missing = states.filter(({ pinned }) => pinned === 'none').map(({ height }) => height)
  if (missing.length > 0) return result('unchecked', `The ${anchor.for} stands in ${place}, if the evidence's blocks are the ledger's: ${missing.join(' and ')} not pinned.`)
  const time = block.time === undefined ? '' : `, made at ${block.time.toISOString()} by the ledger's clock`
  return result('pass', `The ${anchor.for} stands in ${place}, which is pinned${time}.`)
}

function result(outcome: StepResult['outcome'], detail: string): StepResult {
  return { outcome, detail }
}

function pinOf({ height, id }: ShownBlock, pins: readonly LedgerTrust[]): 'this' | 'another' | 'none' {
  const hashes = pins.flatMap((pin) => ('blocks' in pin ? pin.blocks[String(height)] ?? [] : []))
  if (hashes.length === 0) return 'none'
  const bare = (hash: string): string => hash.toLowerCase().replace(/^0x/, '')
  return hashes.every((hash) => bare(hash) === bare(id)) ? 'this' : 'another'
}
