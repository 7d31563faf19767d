export { acceptRecovery, assertMayEnrol, completeRecovery, labelForGuardians, readOwnRecovery, readWards, recoveryOfKey, type RecoveryItem } from './recover.ts'
export { recoveryTables, recoveryTypes } from './recovery-entries.ts'
