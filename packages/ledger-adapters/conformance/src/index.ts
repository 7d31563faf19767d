/** The conformance suite of the Ledger port. */
export { LEDGER_CLAUSES, type LedgerClause } from './ledger-clauses.ts'
export { conformanceTests, ledgerConformance } from './ledger-conformance.ts'
export { CONFORMANCE_STREAMS, type ConformanceOptions, type ConformanceTest, type LedgerUnderTest, type Runner } from './ledger-under-test.ts'
export { sideBySide } from './side-by-side.ts'
