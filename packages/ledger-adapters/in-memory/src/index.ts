/** A ledger in this process, for tests, demonstrations and single machines: in memory, or kept in a journal file. */
export { createInMemoryLedger, createInMemoryNetwork, type InMemoryNetwork } from './create-in-memory-ledger.ts'
export type { InMemoryLedgerSettings } from './settings.ts'
