import { safeCause, type Phase } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'

/**
 * Errors of the file system (Node.js `errors.html#common-system-errors`, names of errno(3)). Whatever else comes out of this adapter
 * is a mistake in it: not recognised, and so answered by phase.
 */
export function toLedgerError(error: unknown, phase: Phase): LedgerError | undefined {
  if (phase !== 'read' || !(error instanceof Error) || !('syscall' in error)) return undefined
  return new LedgerError('LEDGER_UNAVAILABLE', 'The journal could not be read', { cause: safeCause(error) })
}

/** A journal that is not what was written. `height` is the first block that cannot be trusted. */
export function corruption(height: number, reason: string): LedgerError {
  return new LedgerError('LEDGER_CORRUPTION', `The journal is corrupt at height ${height}: ${reason}`, { details: { height, reason } })
}
