import type { TrendLine, TrendPoint } from '../../session/shapes.ts'

/** One result where it stands in time. */
export interface PlacedPoint {
  readonly point: TrendPoint
  /** Milliseconds. */
  readonly at: number
  readonly value: number
}

export interface Scale {
  readonly min: number
  readonly max: number
  /** Ticks inside, ascending. */
  readonly ticks: readonly number[]
}

/** The range of one result, for as long as it is the nearest one: bands step when the laboratory, the age or the sex changes. */
export interface Band {
  readonly from: number
  readonly to: number
  /** Absent: open to that side. */
  readonly low?: number | undefined
  readonly high?: number | undefined
}

/** When a FHIR date begins; a day without a time is its noon in UTC, so that it stands inside its day. `undefined` for what is none. */
export function timeOf(date: string): number | undefined {
  const text = date.length === 4 ? `${date}-07-01` : date.length === 7 ? `${date}-15` : date
  const at = Date.parse(text.length === 10 ? `${text}T12:00:00Z` : text)
  return Number.isNaN(at) ? undefined : at
}

/** Results that have a place: a time, and a number in the line's unit. The others stand in the table only. */
export function placed(line: TrendLine): readonly (PlacedPoint | undefined)[] {
  return line.points.map((point) => {
    const at = timeOf(point.date)
    return at === undefined || point.value === undefined ? undefined : { point, at, value: point.value }
  })
}

/** Runs without a gap: where a result has no place, the line is broken and not drawn across. */
export function runs(points: readonly (PlacedPoint | undefined)[]): readonly (readonly PlacedPoint[])[] {
  const found: PlacedPoint[][] = [[]]
  for (const point of points) {
    if (point === undefined) found.push([])
    else found.at(-1)?.push(point)
  }
  return found.filter((run) => run.length > 0)
}

/** `end`: where the time axis ends, now. Neighbours with the same range are one band. */
export function bands(points: readonly PlacedPoint[], start: number, end: number): readonly Band[] {
  const found: Band[] = []
  points.forEach(({ at, point: { low, high } }, place) => {
    const [before, after] = [points[place - 1], points[place + 1]]
    if (low === undefined && high === undefined) return
    const band: Band = { from: before === undefined ? start : (before.at + at) / 2, to: after === undefined ? end : (at + after.at) / 2, low, high }
    const last = found.at(-1)
    if (last !== undefined && last.to === band.from && last.low === low && last.high === high) found[found.length - 1] = { ...last, to: band.to }
    else found.push(band)
  })
  return found
}

/** Fits every value and every range, with room above and below; never forced to nought. */
export function valueScale(points: readonly PlacedPoint[]): Scale {
  const all = points.flatMap(({ value, point: { low, high } }) => [value, low, high].filter((number) => number !== undefined))
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const room = (high - low) * 0.12 || Math.abs(high) * 0.1 || 1
  const [min, max] = [low - room, high + room]
  return { min, max, ticks: niceTicks(min, max, 4) }
}

/** Round numbers between two ends, about so many. */
export function niceTicks(min: number, max: number, about: number): readonly number[] {
  const raw = (max - min) / about
  const power = 10 ** Math.floor(Math.log10(raw))
  // The nearest of 1, 2, 5 and 10, in the middle between them by their product, as d3-array does.
  const step = power * (raw / power >= Math.sqrt(50) ? 10 : raw / power >= Math.sqrt(10) ? 5 : raw / power >= Math.SQRT2 ? 2 : 1)
  const first = Math.ceil(min / step)
  const ticks: number[] = []
  for (let n = first; n * step <= max; n += 1) ticks.push(Number((n * step).toPrecision(12)))
  return ticks
}

const dayMs = 86_400_000
/** Steps of the time axis: days, or months of the calendar. */
const steps = [{ days: 1 }, { days: 7 }, { days: 14 }, { months: 1 }, { months: 3 }, { months: 6 }, { months: 12 }, { months: 24 }, { months: 60 }, { months: 120 }, { months: 240 }] as const

/** Ends at now whatever the last result; begins a little before the first. */
export function timeScale(points: readonly PlacedPoint[], now: number, ticksMax: number): Scale & { readonly unit: 'day' | 'month' | 'year' } {
  const first = Math.min(...points.map(({ at }) => at))
  const span = Math.max(now - first, dayMs)
  const min = first - span * 0.03
  const step = steps.find((one) => ('days' in one ? span / (one.days * dayMs) : span / (one.months * 30.44 * dayMs)) <= ticksMax) ?? steps[steps.length - 1]
  const ticks = ticksOf(min, now, step as (typeof steps)[number])
  return { min, max: now, ticks, unit: 'days' in (step as object) ? 'day' : (step as { readonly months: number }).months % 12 === 0 ? 'year' : 'month' }
}

function ticksOf(min: number, max: number, step: (typeof steps)[number]): readonly number[] {
  const ticks: number[] = []
  if ('days' in step) {
    for (let at = Math.ceil(min / (step.days * dayMs)) * step.days * dayMs; at <= max; at += step.days * dayMs) ticks.push(at)
    return ticks
  }
  const begin = new Date(min)
  const months = begin.getUTCFullYear() * 12 + begin.getUTCMonth()
  for (let month = Math.ceil((months + 1) / step.months) * step.months; ; month += step.months) {
    const at = Date.UTC(Math.floor(month / 12), month % 12)
    if (at > max) return ticks
    ticks.push(at)
  }
}

/** Position of a value between two lengths. */
export function along({ min, max }: Pick<Scale, 'min' | 'max'>, value: number, from: number, to: number): number {
  return max === min ? (from + to) / 2 : from + ((value - min) / (max - min)) * (to - from)
}
