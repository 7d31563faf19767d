import type { Ledger, LedgerHealth } from '@careledger/ledger-spec'
import { createLoop, type Loop } from '../log/loop.ts'
import type { LedgerTarget, Parts } from '../parts.ts'

const answerMs = 3000
const lookEveryMs = 5000
/** What a row may wait in the outbox beyond the ledger's own time before it is late. */
const graceMs = 5000

/** How a ledger does; one that does not answer within 3 s is not ok. Never rejects. */
export async function healthOf(ledger: Ledger): Promise<LedgerHealth> {
  try {
    return await ledger.health({ signal: AbortSignal.timeout(answerMs) })
  } catch {
    return { ok: false, problems: [{ code: 'LEDGER_UNAVAILABLE', message: 'The ledger does not answer.' }] }
  }
}

/** Longest time from an outbox row's making to its finality that is not slow on this ledger, in milliseconds. */
export function slowMsOf(ledger: Ledger): number {
  return ledger.describe().finalWithinMs + graceMs
}

/** Looks at a ledger every 5 s and writes into its meter, so that an operator who comes later sees what was. */
export function createLedgerWatch(parts: Parts, { name, ledger }: LedgerTarget): Loop {
  return createLoop(async () => {
    const [health, late] = await Promise.all([healthOf(ledger), isLate(parts, name, slowMsOf(ledger)).catch(() => false)])
    parts.meters(name).seen(health, late, parts.now())
    return lookEveryMs
  })
}

async function isLate(parts: Parts, target: string, slowMs: number): Promise<boolean> {
  const summary = await parts.store.read((view) => view.outboxSummary())
  const oldest = summary.flatMap((row) => (row.target === target && (row.state === 'waiting' || row.state === 'sent') && row.oldest !== undefined ? [row.oldest.getTime()] : []))
  return oldest.length > 0 && parts.now().getTime() - Math.min(...oldest) > slowMs
}
