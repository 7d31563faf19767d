import { LedgerError } from '@careledger/ledger-spec'

/** Where a call was when it failed. After `send` began, an error that nobody recognises means: outcome unknown. */
export type Phase = 'read' | 'send'

const TEXT_MAX = 300

/** At most 300 characters of `text` without what a vendor's message may carry: credentials and queries of URLs, long hex and base64 runs. */
export function redact(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1')
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s?#]*)[?#][^\s]*/gi, '$1')
    .replace(/[A-Za-z0-9+/_=-]{32,}/g, '…')
    .slice(0, TEXT_MAX)
}

/** A plain error with the name, code and redacted message of `error`: fit for `cause`, which loggers print whole. */
export function safeCause(error: unknown): Error {
  if (LedgerError.is(error)) return error
  if (!(error instanceof Error)) return new Error(redact(String(error)))
  const code = (error as { code?: unknown }).code
  const safe = new Error(typeof code === 'string' || typeof code === 'number' ? `${redact(error.message)} (${code})` : redact(error.message))
  safe.name = redact(error.name)
  return safe
}

/**
 * What leaves the adapter for `error`: itself if it is ours, else what the adapter's table says, else by phase: LEDGER_UNAVAILABLE
 * for a read, LEDGER_OUTCOME_UNKNOWN once sending began.
 */
export function settleError(
  error: unknown,
  phase: Phase,
  toLedgerError: (error: unknown, phase: Phase) => LedgerError | undefined,
): LedgerError {
  if (LedgerError.is(error)) return error
  const known = toLedgerError(error, phase)
  if (known !== undefined) return known
  return phase === 'send'
    ? new LedgerError('LEDGER_OUTCOME_UNKNOWN', 'The ledger gave no answer that is understood; call again with the same records', { cause: safeCause(error) })
    : new LedgerError('LEDGER_UNAVAILABLE', 'The ledger could not be read', { cause: safeCause(error) })
}
