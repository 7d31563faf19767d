/** A DataStore and a DocumentStore in memory: every clause of the ports but durability. For tests, for logic, and as their plainest reading. */
export { createInMemoryStore, type InMemoryStoreSettings } from './create-in-memory-store.ts'
export { createInMemoryDatabase, type InMemoryDatabase } from './in-memory-database.ts'
export { createInMemoryDocuments, type InMemoryDocumentsSettings } from './create-in-memory-documents.ts'
