import { safeCause, type Phase } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import { NodeRefusal } from './node.ts'

/**
 * Only what is certain. `undefined` makes LEDGER_OUTCOME_UNKNOWN of an error while sending and LEDGER_UNAVAILABLE of one while reading.
 * - NodeRefusal: `append` in node.ts, before anything is kept.
 */
export function toLedgerError(error: unknown, phase: Phase): LedgerError | undefined {
  if (error instanceof NodeRefusal) return new LedgerError('LEDGER_UNAUTHORISED', 'The account may not write', { cause: safeCause(error) })
  return phase === 'read' ? new LedgerError('LEDGER_UNAVAILABLE', 'The node could not be read', { cause: safeCause(error) }) : undefined
}
