export { createFolderLedger } from './create-folder-ledger.ts'
export type { FolderLedgerSettings } from './settings.ts'
