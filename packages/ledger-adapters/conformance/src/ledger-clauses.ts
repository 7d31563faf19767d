/** Every clause of the Ledger port, version 1, in the order of the specification. Each stands in the title of at least one test. */
export const LEDGER_CLAUSES = [
  'position-1', 'position-2', 'position-3',
  'record-1', 'receipt-1',
  'describe-1', 'capability-1', 'until-1',
  'order-1', 'effective-1', 'effective-2',
  'input-1', 'abort-1', 'error-1', 'concurrent-1',
  'append-1', 'append-2', 'append-3', 'append-4', 'append-5', 'append-6', 'append-7', 'append-8',
  'get-1', 'get-2', 'get-3',
  'list-1', 'list-2', 'list-3',
  'watch-1', 'watch-2', 'watch-3', 'watch-4', 'watch-5',
  'finality-1', 'finality-2', 'finality-3',
  'health-1',
  'close-1', 'close-2', 'close-3',
  'private-1', 'membership-1', 'evidence-1',
] as const

export type LedgerClause = (typeof LEDGER_CLAUSES)[number]
