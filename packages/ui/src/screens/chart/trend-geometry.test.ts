import { describe, expect, it } from 'vitest'
import type { TrendLine, TrendPoint } from '../../session/shapes.ts'
import { along, bands, niceTicks, placed, runs, timeOf, timeScale, valueScale, type PlacedPoint } from './trend-geometry.ts'

const point = (date: string, value?: number, low?: number, high?: number): TrendPoint => ({ id: date, date, value, low, high, original: { value: String(value) }, author: { party: 'a', name: 'A' } })
const line = (...points: TrendPoint[]): TrendLine => ({ name: 'x', points })
const all = (...points: TrendPoint[]): readonly PlacedPoint[] => placed(line(...points)).filter((one) => one !== undefined)

describe('a trend chart', () => {
  it('keeps true time: twice the days are twice the way, and it ends at now', () => {
    const points = all(point('2026-01-01', 1), point('2026-01-11', 2), point('2026-01-31', 3))
    const now = Date.parse('2026-03-01T12:00:00Z')
    const scale = timeScale(points, now, 6)
    const x = points.map(({ at }) => along(scale, at, 0, 1000))
    expect((x[2]! - x[1]!) / (x[1]! - x[0]!)).toBeCloseTo(2, 6)
    expect(along(scale, now, 0, 1000)).toBe(1000)
    expect(scale.ticks.every((tick) => tick >= scale.min && tick <= now)).toBe(true)
  })

  it('leaves a gap where a result has no number in this unit', () => {
    expect(runs(placed(line(point('2026-01-01', 1), point('2026-01-02'), point('2026-01-03', 2), point('2026-01-04', 3)))).map((run) => run.length)).toEqual([1, 2])
  })

  it('draws the range of each result, stepping half way where it changes, open where it has one end', () => {
    const [a, b, c] = all(point('2026-01-01', 1, 3, 5), point('2026-01-03', 1, 3, 5), point('2026-01-07', 1, undefined, 6)) as [PlacedPoint, PlacedPoint, PlacedPoint]
    const half = (b.at + c.at) / 2
    expect(bands([a, b, c], 0, c.at + 10)).toEqual([{ from: 0, to: half, low: 3, high: 5 }, { from: half, to: c.at + 10, low: undefined, high: 6 }])
    expect(bands(all(point('2026-01-01', 1)), 0, 1)).toEqual([])
  })

  it('fits values and ranges and is not forced to nought', () => {
    const { min, max, ticks } = valueScale(all(point('2026-01-01', 138, 135, 145)))
    expect(min).toBeGreaterThan(130)
    expect(max).toBeGreaterThan(145)
    expect(ticks.every((tick) => tick > min && tick < max)).toBe(true)
    expect(valueScale(all(point('2026-01-01', 0))).min).toBeLessThan(0)
  })

  it.each([[0, 1, 4], [3.38, 5.52, 4], [-2, 200, 4], [0.001, 0.0019, 4], [57, 145, 4], [0.1, 0.9, 4]])('has round ticks between %d and %d', (min, max, about) => {
    const ticks = niceTicks(min, max, about)
    expect(ticks.length).toBeGreaterThanOrEqual(3)
    expect(ticks.length).toBeLessThanOrEqual(about * 2)
  })

  it('places dates of every precision, and nothing that is no date', () => {
    expect(['2026', '2026-05', '2026-05-03', '2026-05-03T09:00:00+09:00'].map((date) => timeOf(date) !== undefined)).toEqual([true, true, true, true])
    expect(timeOf('soon')).toBeUndefined()
  })
})
