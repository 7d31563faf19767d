import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forecastDemand, predictShortage } from './forecast.ts'

/** Two seeds of a plain generator, so that the same history comes each time. */
function noise(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648 - 0.5
  }
}
const weekly = [14, 12, 11, 12, 15, 6, 4]
const history = (weeks: number, jitter: number) => {
  const next = noise(7)
  return Array.from({ length: weeks * 7 }, (_, day) => Math.max(0, Math.round((weekly[day % 7] as number) + jitter * next())))
}

describe('a forecast of demand', () => {
  it('repeats a week that repeats itself, without doubt', () => {
    const { days, error } = forecastDemand(history(10, 0), 14)
    days.forEach(({ expected, low, high }, day) => {
      expect(expected).toBeCloseTo(weekly[day % 7] as number, 6)
      expect(high - low).toBeCloseTo(0, 6)
    })
    expect(error).toMatchObject({ ours: expect.closeTo(0, 6), naive: 0, heldOutDays: 23 })
  })

  it('errs less than a copy of the week before, on weeks it has not seen', () => {
    const { error } = forecastDemand(history(26, 8), 7)
    expect(error?.heldOutDays).toBe(28)
    expect(error?.ours).toBeLessThan((error?.naive as number) * 0.85)
  })

  it('holds about eight of ten days in its interval', () => {
    const all = history(60, 8)
    let [inside, total] = [0, 0]
    for (let end = 20 * 7; end + 7 <= all.length; end += 7) {
      forecastDemand(all.slice(0, end), 7).days.forEach(({ low, high }, ahead) => {
        const actual = all[end + ahead] as number
        if (actual >= low - 0.5 && actual <= high + 0.5) inside++
        total++
      })
    }
    expect(inside / total).toBeGreaterThan(0.72)
    expect(inside / total).toBeLessThan(0.95)
  })

  it('follows a lasting change', () => {
    const changed = [...history(12, 2), ...history(6, 2).map((units) => units + 10)]
    expect(forecastDemand(changed, 1).days[0]?.expected).toBeGreaterThan(20)
  })

  it('is the mean, and says no error, while there is little history', () => {
    expect(forecastDemand([2, 4], 1)).toEqual({ days: [{ expected: 3, low: expect.closeTo(1.72, 2), high: expect.closeTo(4.28, 2) }], error: undefined })
    expect(forecastDemand([], 2).days).toEqual([{ expected: 0, low: 0, high: 0 }, { expected: 0, low: 0, high: 0 }])
  })

  it('is never negative, and its interval holds what is expected, whatever the history', () => {
    fc.assert(fc.property(fc.array(fc.nat(50), { maxLength: 90 }), (units) => {
      for (const { expected, low, high } of forecastDemand(units, 10).days) {
        expect(low).toBeGreaterThanOrEqual(0)
        expect(expected).toBeGreaterThanOrEqual(low)
        expect(high).toBeGreaterThanOrEqual(expected)
      }
    }))
  })
})

describe('a predicted shortage', () => {
  const days = [{ expected: 4 }, { expected: 4 }, { expected: 4 }]

  it('is the first day that the stock does not cover, and no day when it just does', () => {
    expect(predictShortage([{ units: 12, hoursLeft: 900 }], days)).toBeUndefined()
    expect(predictShortage([{ units: 11, hoursLeft: 900 }], days)).toEqual({ day: 2, missing: 1 })
    expect(predictShortage([], days)).toEqual({ day: 0, missing: 4 })
  })

  it('counts what expires only until it does, and what was promised only from its day', () => {
    expect(predictShortage([{ units: 12, hoursLeft: 30 }], days)).toEqual({ day: 2, missing: 4 })
    expect(predictShortage([{ units: 8, hoursLeft: 900 }], days, [{ day: 2, units: 4 }])).toBeUndefined()
    expect(predictShortage([{ units: 4, hoursLeft: 900 }], days, [{ day: 2, units: 8 }])).toEqual({ day: 1, missing: 4 })
  })

  it('uses first what expires first', () => {
    expect(predictShortage([{ units: 8, hoursLeft: 900 }, { units: 4, hoursLeft: 10 }], days)).toBeUndefined()
  })
})
