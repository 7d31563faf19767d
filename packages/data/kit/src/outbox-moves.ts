import type { OutboxState } from '@careledger/data-spec'

const moves: Readonly<Record<OutboxState, readonly OutboxState[]>> = {
  waiting: ['waiting', 'sent', 'final', 'blocked'],
  sent: ['waiting', 'sent', 'final', 'blocked'],
  final: ['final', 'blocked'],
  blocked: ['waiting', 'blocked'],
}

/** Whether [outbox-1] lets a row go from one state to another; the same state again is allowed. */
export function allowedMove(from: OutboxState, to: OutboxState): boolean {
  return moves[from].includes(to)
}
