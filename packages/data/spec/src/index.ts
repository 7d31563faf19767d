/** The DataStore and DocumentStore ports, version 1. Clause ids in brackets are test titles in @careledger/data-conformance. */
export * from './data-store.ts'
export * from './document-store.ts'
export * from './document-streams.ts'
export * from './store-error.ts'
