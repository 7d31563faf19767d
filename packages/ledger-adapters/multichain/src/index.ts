export { createMultiChainLedger } from './create-multichain-ledger.ts'
export type { MultiChainLedgerSettings } from './settings.ts'
