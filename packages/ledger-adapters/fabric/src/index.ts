/** A ledger on Hyperledger Fabric, by either of its Node clients. */
export { createFabricLedger, type FabricLedgerOptions } from './create-fabric-ledger.ts'
export { createFabricSigner, type FabricSigner } from './signer.ts'
export type { FabricLedgerSettings, FabricNode } from './settings.ts'
