import { EvidenceError } from './evidence-error.ts'

/** Blocks of a ledger that the verifier has got by a way of its own, such as its own node: height and hash. */
export interface BlockTrust {
  readonly ledgerId: string
  readonly blocks: Readonly<Record<string, string>>
}
/** What a verifier pins of one ledger. */
export type LedgerTrust = BlockTrust

/** Reads a list of pins: JSON `[{ ledgerId, blocks: { "<height>": "<hash>" } }]`. EvidenceError saying what is wrong. */
export function parseLedgerTrust(text: string): readonly LedgerTrust[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new EvidenceError('The pins are not JSON.')
  }
  if (!Array.isArray(value)) throw new EvidenceError('The pins are not a list.')
  return value.map((pin: unknown, index) => {
    const { ledgerId, blocks } = (pin ?? {}) as { readonly ledgerId?: unknown; readonly blocks?: unknown }
    if (typeof ledgerId !== 'string' || typeof blocks !== 'object' || blocks === null) throw new EvidenceError(`Pin ${index} has no ledgerId or no blocks.`)
    for (const [height, hash] of Object.entries(blocks)) {
      if (!/^(0|[1-9][0-9]{0,15})$/.test(height) || typeof hash !== 'string' || !/^(0x)?[0-9a-f]{64}$/i.test(hash)) throw new EvidenceError(`Pin ${index} has a block that is not a height and a hash of 32 bytes.`)
    }
    return { ledgerId, blocks: blocks as Readonly<Record<string, string>> }
  })
}
