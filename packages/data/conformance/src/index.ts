/** The conformance suites of the DataStore and DocumentStore ports. */
export { DATA_STORE_CLAUSES, DOCUMENT_STORE_CLAUSES, type DataStoreClause, type DocumentStoreClause } from './clauses.ts'
export { dataStoreConformance, dataStoreTests, documentStoreConformance, documentStoreTests } from './conformance.ts'
export type {
  DataStoreOptions, DataStoreTest, DataStoreUnderTest, DocumentStoreOptions, DocumentStoreTest, DocumentStoreUnderTest, Runner,
} from './store-under-test.ts'
