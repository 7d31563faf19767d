/** The Ledger port, version 1. Clause ids in brackets are test titles in @careledger/ledger-conformance. */
export * from './ledger-error.ts'
export * from './ledger-parts.ts'
export * from './ledger-record.ts'
export * from './ledger.ts'
