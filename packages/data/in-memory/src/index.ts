/** A DataStore in memory: every clause of the port but durability. For tests, for logic, and as the plainest reading of the port. */
export { createInMemoryStore, type InMemoryStoreSettings } from './create-in-memory-store.ts'
export { createInMemoryDatabase, type InMemoryDatabase } from './in-memory-database.ts'
