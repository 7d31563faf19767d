/** One day's expected demand, in units, with the interval that holds it in 8 of 10 cases. */
export interface DayForecast {
  readonly expected: number
  readonly low: number
  readonly high: number
}

export interface Forecast {
  readonly days: readonly DayForecast[]
  /** Mean absolute error in units a day over the held-out weeks, ours and of "as a week ago": what the forecast is worth. */
  readonly error: { readonly ours: number; readonly naive: number; readonly heldOutDays: number } | undefined
}

const week = 7
const heldOutMax = 28
const heldOutMin = 14
/** Two-sided 80 % of a normal distribution. */
const spread = 1.2816

/**
 * Forecasts demand from a daily history (oldest first, whole units, one number a day up to yesterday) by exponential smoothing with a weekly season,
 * additive, level without trend: blood demand of one bank and group follows the days of the week and drifts slowly. The smoothing that did best one day
 * ahead is used. Errors are measured on the last four weeks, which the measured forecast does not see, beside a forecast that repeats the week before.
 * With less than three weeks of history: the mean so far, no error. Source: Hyndman, Athanasopoulos, "Forecasting" (3rd ed.), chapters 8.3 and 5.8.
 */
export function forecastDemand(history: readonly number[], days: number): Forecast {
  if (history.length < 3 * week) return { days: repeat(days, meanForecast(history)), error: undefined }
  const heldOut = Math.min(heldOutMax, Math.floor(history.length / 3))
  const model = fit(history)
  return {
    days: Array.from({ length: days }, (_, ahead) => model.at(ahead)),
    error: heldOut < heldOutMin && history.length < 6 * week ? undefined : { ...errors(history, heldOut), heldOutDays: heldOut },
  }
}

function errors(history: readonly number[], heldOut: number): { readonly ours: number; readonly naive: number } {
  const known = history.slice(0, -heldOut)
  const model = fit(known)
  let [ours, naive] = [0, 0]
  history.slice(-heldOut).forEach((actual, ahead) => {
    ours += Math.abs(actual - model.at(ahead).expected)
    naive += Math.abs(actual - (known[known.length - week + (ahead % week)] as number))
  })
  return { ours: ours / heldOut, naive: naive / heldOut }
}

interface Model { at(ahead: number): DayForecast }

const levels = [0.02, 0.05, 0.1, 0.2, 0.4] as const
const seasons = [0.02, 0.05, 0.1, 0.2] as const

function fit(history: readonly number[]): Model {
  let best: ReturnType<typeof smooth> | undefined
  for (const alpha of levels) for (const gamma of seasons) {
    const tried = smooth(history, alpha, gamma)
    if (best === undefined || tried.variance < best.variance) best = tried
  }
  const { level, season, variance, alpha, gamma } = best as ReturnType<typeof smooth>
  return {
    at(ahead) {
      const expected = Math.max(0, level + (season[(history.length + ahead) % week] as number))
      // Variance grows with each day whose level is not known yet, and with each season gone by.
      const growth = 1 + ahead * alpha * alpha + Math.floor(ahead / week) * gamma * (2 * alpha + gamma)
      const margin = spread * Math.sqrt(variance * growth)
      return { expected, low: Math.max(0, expected - margin), high: expected + margin }
    },
  }
}

function smooth(history: readonly number[], alpha: number, gamma: number) {
  // From the first two weeks: their mean, and each weekday's distance from it.
  const start = history.slice(0, 2 * week)
  let level = mean(start)
  const season = Array.from({ length: week }, (_, day) => ((start[day] as number) + (start[day + week] as number)) / 2 - level)
  let squares = 0
  history.forEach((actual, day) => {
    const seasonal = season[day % week] as number
    const error = actual - level - seasonal
    if (day >= 2 * week) squares += error * error
    level += alpha * error
    season[day % week] = seasonal + gamma * error
  })
  return { level, season, alpha, gamma, variance: squares / Math.max(1, history.length - 2 * week) }
}

function meanForecast(history: readonly number[]): DayForecast {
  const expected = mean(history)
  const deviation = Math.sqrt(mean(history.map((units) => (units - expected) ** 2)))
  return { expected, low: Math.max(0, expected - spread * deviation), high: expected + spread * deviation }
}

function mean(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

function repeat<Value>(times: number, value: Value): readonly Value[] {
  return Array.from({ length: times }, () => value)
}

/** A stock that will not last. */
export interface PredictedShortage {
  /** Days from today, 0 = today, on which the stock is first below what the day needs. */
  readonly day: number
  /** Units missing by the end of that day. */
  readonly missing: number
}

/**
 * The first day within the forecast on which what is left does not cover the expected demand: what expires goes, what expires first is used first.
 * `arrivals` are units promised for a day. `undefined`: it lasts.
 */
export function predictShortage(lots: readonly { readonly units: number; readonly hoursLeft: number }[], days: readonly Pick<DayForecast, 'expected'>[], arrivals: readonly { readonly day: number; readonly units: number }[] = []): PredictedShortage | undefined {
  const stock = [...lots.map(({ units, hoursLeft }) => ({ units, lasts: Math.floor(hoursLeft / 24), from: 0 })), ...arrivals.map(({ units, day }) => ({ units, lasts: Number.POSITIVE_INFINITY, from: day }))].toSorted((one, other) => one.lasts - other.lasts)
  for (const [day, { expected }] of days.entries()) {
    let missing = expected
    for (const lot of stock) {
      if (lot.from > day || lot.lasts < day) continue
      const used = Math.min(lot.units, missing)
      lot.units -= used
      missing -= used
    }
    if (missing > 1e-9) return { day, missing }
  }
  return undefined
}
