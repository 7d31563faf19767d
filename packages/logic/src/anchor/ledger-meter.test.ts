import { describe, expect, it } from 'vitest'
import { createMeters } from './ledger-meter.ts'

const at = (minutes: number, seconds = 0): Date => new Date(1_760_000_040_000 + minutes * 60_000 + seconds * 1000)
const well = { ok: true, height: 4n, problems: [] }
const down = { ok: false, problems: [{ code: 'LEDGER_UNAVAILABLE' as const, message: 'no' }] }

describe('the meter of a ledger', () => {
  it('shows each of the last 60 minutes, ending at now, and what nobody saw as unknown', () => {
    const meter = createMeters()('a')
    meter.seen(well, false, at(0))
    meter.seen(down, false, at(1))
    meter.seen(well, true, at(2))
    for (let look = 0; look < 3; look++) meter.seen(well, false, at(3, look))
    meter.failed(at(3, 10))
    expect(meter.read(at(4)).minutes.slice(-6)).toEqual(['unknown', 'final', 'down', 'slow', 'slow', 'unknown'])
    expect(meter.read(at(70)).minutes).toEqual(Array.from({ length: 60 }, () => 'unknown'))
  })

  it('gives half and 99 % of the times to finality, and calls a late one slow', () => {
    const meter = createMeters()('a')
    expect(meter.read(at(0)).finalMs).toBeUndefined()
    meter.final(Array.from({ length: 100 }, (_, n) => n + 1), 1000, at(0))
    expect(meter.read(at(0))).toMatchObject({ finalMs: { p50: 51, p99: 100, count: 100 } })
    expect(meter.read(at(0)).minutes.at(-1)).toBe('final')
    meter.final([5000], 1000, at(0))
    expect(meter.read(at(0)).minutes.at(-1)).toBe('slow')
  })

  it('dates the height by when it was first seen', () => {
    const meter = createMeters()('a')
    meter.seen(well, false, at(0))
    meter.seen(well, false, at(5))
    expect(meter.read(at(6)).heightSince).toEqual(at(0))
    meter.seen({ ...well, height: 5n }, false, at(7))
    expect(meter.read(at(8)).heightSince).toEqual(at(7))
  })

  it('counts the cost of a transaction once for all its records, and knows none where receipts say none', () => {
    const meter = createMeters()('a')
    meter.appended([{ raw: { transaction: '1' } }, {}])
    expect(meter.read(at(0)).cost).toBeUndefined()
    meter.appended(Array.from({ length: 100 }, () => ({ raw: { transaction: '1', cost: '5000', costUnit: 'gas' } })))
    meter.appended(Array.from({ length: 100 }, () => ({ raw: { transaction: '2', cost: '3000', costUnit: 'gas' } })))
    meter.appended([{ raw: { cost: 'much', costUnit: 'gas' } }])
    expect(meter.read(at(0)).cost).toEqual({ unit: 'gas', per1000: 40_000n })
  })

  it('is one for each ledger', () => {
    const meters = createMeters()
    expect(meters('a')).toBe(meters('a'))
    expect(meters('a')).not.toBe(meters('b'))
  })
})
