/** For adapters of other ledgers with Ethereum's machine: a ledger is opened with settings and a profile. */
export { readSlots } from './contract/read-slots.ts'
export { openLedger } from './create-ethereum-ledger.ts'
export { deployContract } from './deploy-ethereum-contract.ts'
export { legacyProfile, withRoom, type ChainProfile } from './profile.ts'
export { CallFailure, RpcError } from './rpc/rpc-error.ts'
export { blockSchema, quantitySchema } from './rpc/schemas.ts'
export { checkSettings, type CheckedSettings } from './settings.ts'
