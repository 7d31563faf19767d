/** A ledger on Ethereum and other chains with its machine. */
export { createEthereumLedger, type EthereumLedgerOptions } from './create-ethereum-ledger.ts'
export { deployEthereumContract } from './deploy-ethereum-contract.ts'
export type { EthereumLedgerSettings } from './settings.ts'
export { signerFromPrivateKey, type EthereumSigner } from './transactions/signer.ts'
