import { EvidenceError } from './evidence-error.ts'

/** Blocks of a ledger that the verifier has got by a way of its own, such as its own node: height and hash. */
export interface BlockTrust {
  readonly ledgerId: string
  readonly blocks: Readonly<Record<string, string>>
}

/** Organisations of a Fabric channel: the certificate (PEM) of the authority that issues their peers' certificates, by MSP id, and how many must have signed. */
export interface CertificateTrust {
  readonly ledgerId: string
  readonly organisations: Readonly<Record<string, string>>
  readonly organisationsMin: number
}

/** What a verifier pins of one ledger. */
export type LedgerTrust = BlockTrust | CertificateTrust

/**
 * Reads a list of pins: JSON `[{ ledgerId, blocks: { "<height>": "<hash>" } }]`, or `[{ ledgerId, organisations: { "<MSP id>": "<PEM>" },
 * organisationsMin }]`. EvidenceError saying what is wrong.
 */
export function parseLedgerTrust(text: string): readonly LedgerTrust[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new EvidenceError('The pins are not JSON.')
  }
  if (!Array.isArray(value)) throw new EvidenceError('The pins are not a list.')
  return value.map((pin: unknown, index) => {
    const { ledgerId, blocks, organisations, organisationsMin } = (pin ?? {}) as Readonly<Record<string, unknown>>
    if (typeof ledgerId === 'string' && isTable(organisations)) return { ledgerId, ...toOrganisations(organisations, organisationsMin, index) }
    if (typeof ledgerId !== 'string' || !isTable(blocks)) throw new EvidenceError(`Pin ${index} has no ledgerId or no blocks.`)
    for (const [height, hash] of Object.entries(blocks)) {
      if (!/^(0|[1-9][0-9]{0,15})$/.test(height) || !/^(0x)?[0-9a-f]{64}$/i.test(hash)) throw new EvidenceError(`Pin ${index} has a block that is not a height and a hash of 32 bytes.`)
    }
    return { ledgerId, blocks }
  })
}

function toOrganisations(organisations: Readonly<Record<string, string>>, organisationsMin: unknown, index: number): Omit<CertificateTrust, 'ledgerId'> {
  const certificates = Object.values(organisations)
  if (!certificates.every((certificate) => certificate.includes('-----BEGIN CERTIFICATE-----'))) throw new EvidenceError(`Pin ${index} has an organisation without a certificate.`)
  if (typeof organisationsMin !== 'number' || !Number.isInteger(organisationsMin) || organisationsMin < 1 || organisationsMin > certificates.length) {
    throw new EvidenceError(`Pin ${index} does not say how many of its organisations must have signed.`)
  }
  return { organisations, organisationsMin }
}

function isTable(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((each) => typeof each === 'string')
}
