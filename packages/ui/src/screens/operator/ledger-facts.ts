import type { Status } from '../../components/status-badge.tsx'
import type { Translate } from '../../i18n/translate.ts'
import type { LedgerOverview, Move } from '../../session/shapes.ts'

/** What an operator has to do about a ledger; the first that fits. */
export function ledgerStatus({ health, outbox, minutes }: LedgerOverview): Status {
  if (!health.ok) return 'bad'
  if ((outbox['blocked'] ?? 0) > 0) return 'parked'
  const recent = minutes.slice(-2)
  if (recent.every((minute) => minute === 'unknown')) return 'unknown'
  return recent.includes('slow') || recent.includes('down') ? 'slow' : 'good'
}

const urgency: readonly Status[] = ['bad', 'parked', 'unknown', 'slow', 'good']

/** What needs somebody first, what is not known above what is well. */
export function byUrgency(ledgers: readonly LedgerOverview[]): readonly LedgerOverview[] {
  return ledgers.toSorted((a, b) => urgency.indexOf(ledgerStatus(a)) - urgency.indexOf(ledgerStatus(b)) || (a.name < b.name ? -1 : 1))
}

export function waitingOn({ outbox }: LedgerOverview): number {
  return (outbox['waiting'] ?? 0) + (outbox['sent'] ?? 0)
}

/** A length of time in one unit, rounded down. */
export function lengthWords(t: Translate, ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (ms < 1000) return t('operator.millis', { ms: Math.max(0, Math.round(ms)) })
  if (seconds < 120) return t('operator.seconds', { s: seconds })
  if (seconds < 7200) return t('operator.minutes', { m: Math.floor(seconds / 60) })
  if (seconds < 172_800) return t('operator.hours', { h: Math.floor(seconds / 3600) })
  return t('operator.days', { d: Math.floor(seconds / 86_400) })
}

export function isUnderWay({ state }: Pick<Move, 'state'>): boolean {
  return state !== 'done' && state !== 'cancelled'
}

/** Whole per cent of the log's older entries that were handed over. */
export function copiedShare({ looked, total }: Pick<Move, 'looked' | 'total'>): number {
  return total === undefined ? 0 : total === 0 ? 100 : Math.floor((looked / total) * 100)
}

/** The steps of a move in order, each done, under way or to come. */
export function moveSteps(move: Move): readonly { readonly name: 'copy' | 'settle' | 'check' | 'switch' | 'prove'; readonly status: Status }[] {
  const order = ['copying', 'settling', 'checking', 'switching', 'closing', 'done'] as const
  const state = move.state === 'halted' ? (move.switched ? 'closing' : 'checking') : move.state === 'cancelled' ? 'copying' : move.state
  const reached = order.indexOf(state)
  const at = (place: number): Status => {
    if (move.state === 'cancelled') return 'notReached'
    if (reached > place) return 'finished'
    if (reached < place) return 'notReached'
    return move.state === 'halted' ? 'bad' : move.paused ? 'paused' : 'underWay'
  }
  return [{ name: 'copy', status: at(0) }, { name: 'settle', status: at(1) }, { name: 'check', status: at(2) }, { name: 'switch', status: move.switched ? 'finished' : at(3) }, { name: 'prove', status: at(4) }]
}
