/** A ledger on HydraChain. */
export { createHydraChainLedger, type HydraChainLedgerOptions } from './create-hydrachain-ledger.ts'
export { deployHydraChainContract } from './deploy-hydrachain-contract.ts'
export type { HydraChainLedgerSettings } from './settings.ts'
export { signerFromPrivateKey, type EthereumSigner } from '@careledger/ledger-ethereum'
