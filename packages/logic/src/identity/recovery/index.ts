export { acceptRecovery, assertMayEnrol, completeRecovery, labelForGuardians, readAskedRecoveries, readOwnRecovery, readWards, recoveryOfKey, type RecoveryItem } from './recover.ts'
export { recoveryTables, recoveryTypes } from './recovery-entries.ts'
