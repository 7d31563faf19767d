import { LedgerError } from '@careledger/ledger-spec'
import type { Finality, Receipt } from '@careledger/ledger-spec'
import { sleep } from './backoff.ts'
import type { Lifetime } from './lifetime.ts'

export interface UntilFinal {
  /** The port's `finality`, asked again and again. */
  finality(receipts: readonly Receipt[], signal: AbortSignal | undefined): Promise<readonly Finality[]>
  /** Appends the same records again, when the ledger has dropped them (finality-3). */
  appendAgain(signal: AbortSignal | undefined): Promise<readonly Receipt[]>
  readonly lifetime: Lifetime
  readonly pollMs: number
  /** Longest wait; after it LEDGER_OUTCOME_UNKNOWN. */
  readonly waitMs: number
}

/**
 * Waits until every receipt is final, by polling `finality` (`until: 'final'`). `lost` rejects with LEDGER_CONFLICT; an abort, a
 * close or the end of `waitMs` with LEDGER_OUTCOME_UNKNOWN, because the records were accepted and may still become final; a ledger
 * that cannot be read for a while is waited for.
 */
export async function untilFinal(receipts: readonly Receipt[], parts: UntilFinal, signal?: AbortSignal): Promise<readonly Receipt[]> {
  const end = Date.now() + parts.waitMs
  let latest = receipts
  while (latest.some((receipt) => receipt.state !== 'final')) {
    const states = await ask(latest, parts, signal)
    if (states !== undefined) {
      refuseLost(latest, states)
      latest = latest.map((receipt, index) => (states[index] === 'final' ? { ...receipt, state: 'final' } : receipt))
      if (latest.every((receipt) => receipt.state === 'final')) break
      if (states.includes('absent')) await again(parts, signal)
    }
    if (Date.now() >= end) throw unknown('The append is not final yet')
    await wait(parts, signal)
  }
  return latest
}

async function ask(receipts: readonly Receipt[], parts: UntilFinal, signal: AbortSignal | undefined): Promise<readonly Finality[] | undefined> {
  try {
    return await parts.finality(receipts, signal)
  } catch (error) {
    if (LedgerError.is(error, 'LEDGER_UNAVAILABLE')) return undefined
    throw afterSending(error)
  }
}

async function again(parts: UntilFinal, signal: AbortSignal | undefined): Promise<void> {
  try {
    await parts.appendAgain(signal)
  } catch (error) {
    if (!LedgerError.is(error, 'LEDGER_UNAVAILABLE', 'LEDGER_OUTCOME_UNKNOWN') || parts.lifetime.signal.aborted || signal?.aborted === true) throw afterSending(error)
  }
}

async function wait(parts: UntilFinal, signal: AbortSignal | undefined): Promise<void> {
  try {
    await parts.lifetime.run(signal, (ending) => sleep(parts.pollMs, ending))
  } catch (error) {
    throw afterSending(error)
  }
}

function refuseLost(receipts: readonly Receipt[], states: readonly Finality[]): void {
  const ids = receipts.filter((_, index) => states[index] === 'lost').map((receipt) => receipt.id)
  if (ids.length > 0) throw new LedgerError('LEDGER_CONFLICT', 'Another content of the id became final', { details: { ids } })
}

/** The records were accepted: that a call ended early says nothing about them. */
function afterSending(error: unknown): unknown {
  return LedgerError.is(error, 'LEDGER_CLOSED', 'LEDGER_ABORTED') ? unknown('The append was accepted; its finality was not waited for', error) : error
}

function unknown(message: string, cause?: unknown): LedgerError {
  return new LedgerError('LEDGER_OUTCOME_UNKNOWN', `${message}; call again with the same records`, { cause })
}
