/** Every clause of the DataStore port, version 1. Each stands in the title of at least one test; write-4 only a store's own tests can reach. */
export const DATA_STORE_CLAUSES = [
  'create-1', 'text-1', 'text-2', 'bytes-1', 'input-1', 'close-1', 'close-2',
  'write-1', 'write-2', 'write-3', 'write-5',
  'guard-1', 'seen-1', 'seen-2', 'claim-1', 'claim-2', 'decision-1', 'entry-1', 'entry-2', 'entry-3', 'entry-4', 'projection-1', 'projection-2', 'projection-3',
  'read-1', 'read-2', 'read-3', 'read-4', 'page-1', 'chain-1',
  'lease-1', 'lease-2', 'lease-3',
  'sequence-1', 'sequence-2', 'sequence-3', 'sequence-4', 'sequence-5', 'sequence-6', 'tile-1', 'checkpoint-1', 'checkpoint-2',
  'outbox-1', 'outbox-2', 'outbox-3', 'outbox-4', 'outbox-5', 'outbox-6',
  'clear-1', 'check-1', 'erase-1', 'backup-1',
] as const
export type DataStoreClause = (typeof DATA_STORE_CLAUSES)[number]

/** Of the optional part `streams`. stream-4's bound of memory only a store's own tests can reach. */
const streamClauses = ['stream-1', 'stream-2', 'stream-3', 'stream-4', 'stream-5', 'stream-6'] as const

/** Every clause of the DocumentStore port, version 1. */
export const DOCUMENT_STORE_CLAUSES = ['create-1', 'document-1', 'document-2', 'document-3', 'document-4', 'document-5', 'bytes-1', 'close-1', ...streamClauses] as const
export type DocumentStoreClause = (typeof DOCUMENT_STORE_CLAUSES)[number]
