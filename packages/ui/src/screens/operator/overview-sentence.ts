import type { Translate } from '../../i18n/translate.ts'
import type { Overview } from '../../session/shapes.ts'

/** What an operator must know first: what is down, what is parked, what waits; else that all is well. */
export function overviewSentences(t: Translate, { ledgers, store }: Overview): readonly string[] {
  const down = ledgers.filter(({ health }) => !health.ok).map(({ name }) => name)
  const blocked = inState(ledgers, 'blocked')
  const waiting = inState(ledgers, 'waiting') + inState(ledgers, 'sent')
  const sentences = [
    ...(store.ok ? [] : [t('operator.storeDown')]),
    ...(down.length > 0 ? [t('operator.down', { names: down.join(', ') })] : []),
    ...(blocked > 0 ? [t('operator.blocked', { count: blocked })] : []),
    ...(waiting > 0 ? [t('operator.waiting', { count: waiting })] : []),
  ]
  return sentences.length > 0 ? sentences : [t('operator.allWell', { ledgers: t('operator.ledgers', { count: ledgers.length }) })]
}

export function inState(ledgers: Overview['ledgers'], state: string): number {
  return ledgers.reduce((sum, { outbox }) => sum + (outbox[state] ?? 0), 0)
}
