export { createAnchorVerifier } from './create-anchor-verifier.ts'
export { parseLedgerTrust } from './ledger-trust.ts'
export type { BlockTrust, CertificateTrust, LedgerTrust } from './ledger-trust.ts'
export { evidenceBlocks } from './evidence-blocks.ts'
