import { withUnits } from '../../records/units.ts'
import type { ChartItem } from '../../session/shapes.ts'

/** What was measured and what was found, apart; a record that is no measurement is its title. */
export function measured(item: Pick<ChartItem, 'title' | 'measure'>): { readonly name: string, readonly value?: string } {
  const { title, measure } = item
  if (measure === undefined || !title.startsWith(measure.name)) return { name: withUnits(title) }
  const value = withUnits(title.slice(measure.name.length).trim())
  return value === '' ? { name: measure.name } : { name: measure.name, value }
}

/** The range that the result itself gives: "3.5 – 5.1". */
export function rangeWords(range: { readonly low?: string | number | undefined, readonly high?: string | number | undefined, readonly range?: string | undefined } | undefined): string | undefined {
  const { low, high, range: words } = range ?? {}
  if (low !== undefined && high !== undefined) return `${low} – ${high}`
  return low !== undefined ? `≥ ${low}` : high !== undefined ? `≤ ${high}` : words
}

/** Whole days since a clinical date; `undefined` where it is not exact to the day. */
export function daysSince(date: string | undefined, now: Date): number | undefined {
  const at = date === undefined || date.length < 10 ? Number.NaN : Date.parse(date)
  return Number.isNaN(at) ? undefined : Math.max(0, Math.floor((now.getTime() - at) / 86_400_000))
}
