import { safeCause, type Phase } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'

/**
 * Codes of errno(3) that say that the link was not made, so that nothing stands. Everything else after sending began is left
 * unrecognised: the kit makes LEDGER_OUTCOME_UNKNOWN of it.
 */
const NOTHING_WRITTEN = new Set(['ENOENT', 'EACCES', 'EROFS', 'ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOTDIR'])

export function toLedgerError(error: unknown, phase: Phase): LedgerError | undefined {
  const code = (error as NodeJS.ErrnoException).code
  if (phase === 'send' && (code === undefined || !NOTHING_WRITTEN.has(code))) return undefined
  return new LedgerError('LEDGER_UNAVAILABLE', 'The folder could not be used', { cause: safeCause(error) })
}
