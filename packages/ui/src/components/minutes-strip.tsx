import type { WordKey } from '../i18n/translate.ts'
import { usePreferences } from '../session/preferences.tsx'
import type { LedgerOverview } from '../session/shapes.ts'

type Minute = LedgerOverview['minutes'][number]
const order = ['final', 'slow', 'down', 'unknown'] as const
const words: Readonly<Record<Minute, WordKey>> = { final: 'operator.minutesFinal', slow: 'operator.minutesSlow', down: 'operator.minutesDown', unknown: 'operator.minutesUnknown' }
/** Height of a mark in 24 units: states are told apart without colour. Nobody looked: an empty frame. */
const heights: Readonly<Record<Minute, number>> = { final: 8, slow: 15, down: 24, unknown: 8 }

/** The last 60 minutes, one mark each, ending at now. What it shows stands in words for those who do not see it. */
export function MinutesStrip({ minutes }: { readonly minutes: readonly Minute[] }) {
  const { t } = usePreferences()
  const counts = order.map((state) => ({ state, count: minutes.filter((minute) => minute === state).length })).filter(({ count }) => count > 0)
  const told = counts.map(({ state, count }) => t(words[state], { count })).join(', ')
  return (
    <svg className="cl-minutes" viewBox="0 0 240 24" width="240" height="24" role="img" aria-label={t('operator.minutesLabel', { words: told })} preserveAspectRatio="none">
      {minutes.map((minute, place) => <rect key={place} data-state={minute} x={place * 4 + 0.5} y={24 - heights[minute]} width="3" height={heights[minute]} />)}
    </svg>
  )
}
