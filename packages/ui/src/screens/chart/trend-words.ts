import { withUnits } from '../../records/units.ts'
import type { Preferences } from '../../session/preferences.tsx'
import type { TrendLine, TrendPoint } from '../../session/shapes.ts'

/** A number of at most five digits; as written where that is shorter. */
export function shortNumber(text: string): string {
  return text.length <= 8 ? text : String(Number(Number(text).toPrecision(5)))
}

/** "18 May 2026: 5.4 mmol/L", as the laboratory wrote it. */
export function pointWords({ date, original }: TrendPoint, { clinicalDate }: Pick<Preferences, 'clinicalDate'>): string {
  return `${clinicalDate(date.slice(0, 10))}: ${original.comparator ?? ''}${shortNumber(original.value)} ${withUnits(original.unit ?? '')}`.trim()
}

/** One sentence that says what the chart shows: from what to what, since when, and since when outside the range. */
export function trendSentence(line: TrendLine, preferences: Pick<Preferences, 't' | 'clinicalDate' | 'number'>): string {
  const { t, clinicalDate, number } = preferences
  const shown = line.points.filter(({ value }) => value !== undefined)
  const [first, last] = [shown[0], shown.at(-1)]
  if (first === undefined || last === undefined) return t('chart.trendNoNumbers', { name: line.name })
  const words = (point: TrendPoint): string => number(Number((point.value as number).toPrecision(5)))
  const unit = withUnits(line.unit ?? '')
  const day = ({ date }: TrendPoint): string => clinicalDate(date.slice(0, 10))
  if (first === last) return [t('chart.trendOne', { name: line.name, value: [words(first), unit].join(' ').trim(), date: day(first) }), outside(shown, preferences)].filter(Boolean).join(' ')
  const values = { name: line.name, first: words(first), last: [words(last), unit].join(' ').trim(), from: day(first), to: day(last) }
  const change = (last.value as number) - (first.value as number)
  const way = t(change > 0 ? 'chart.trendRose' : change < 0 ? 'chart.trendFell' : 'chart.trendSame', values)
  return [way, outside(shown, preferences)].filter(Boolean).join(' ')
}

/** Since when the newest results have been out of their ranges; nothing where the last one is not, or where nothing is known of ranges. */
function outside(points: readonly TrendPoint[], { t, clinicalDate }: Pick<Preferences, 't' | 'clinicalDate'>): string | undefined {
  const last = points.at(-1)
  if (last?.flag === undefined) return undefined
  if (last.flag === 'N') return t('chart.trendWithin')
  const usual = points.findLastIndex(({ flag }) => flag === undefined || flag === 'N')
  const since = points[usual + 1] as TrendPoint
  const word = ['H', 'HH'].includes(last.flag) ? 'chart.trendAbove' : ['L', 'LL'].includes(last.flag) ? 'chart.trendBelow' : 'chart.trendOutside'
  return t(word, { date: clinicalDate(since.date.slice(0, 10)) })
}

/** RFC 4180; the first line names the columns. Text that a spreadsheet would take for a formula is led by an apostrophe. */
export function trendCsv(lines: readonly TrendLine[]): string {
  const cell = (value: string | number | undefined): string => {
    const text = value === undefined ? '' : typeof value === 'string' && /^[=+\-@\t]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const head = ['series', 'date', 'value', 'unit', 'original value', 'original unit', 'low', 'high', 'flag', 'author', 'record']
  const rows = lines.flatMap((line) => line.points.map((point) => [line.name, point.date, point.value, line.unit, `${point.original.comparator ?? ''}${point.original.value}`, point.original.unit, point.low, point.high, point.flag, point.author.name, point.id]))
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'
}
