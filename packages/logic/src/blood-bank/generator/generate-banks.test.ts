import { describe, expect, it } from 'vitest'
import { greatestShortageFirst } from '../planning/greatest-shortage.ts'
import { bestPlan } from '../planning/plan-redistribution.ts'
import { createStockIndex } from '../stock/stock-index.ts'
import { generateBanks } from './generate-banks.ts'

const now = new Date('2026-11-26T08:00:00Z')

describe('a made-up network of blood banks', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(generateBanks({ seed: 1, count: 12, now })).toEqual(generateBanks({ seed: 1, count: 12, now }))
    expect(generateBanks({ seed: 2, count: 12, now })).not.toEqual(generateBanks({ seed: 1, count: 12, now }))
  })

  it('has surplus in some banks and shortage in others, so that both rules find moves', () => {
    const made = generateBanks({ seed: 7, count: 40, near: 8, now })
    const plan = bestPlan(made)
    expect(plan.optimal).toBe(true)
    expect(plan.moves.length).toBeGreaterThan(40)
    expect(greatestShortageFirst(made).length).toBeGreaterThan(40)
  })

  it('holds the same stock as rows and as holdings', () => {
    const made = generateBanks({ seed: 7, count: 30, now })
    const index = createStockIndex(made.places)
    made.rows.forEach((row) => index.put(row))
    const held = made.banks.flatMap(({ holdings }) => holdings.flatMap(({ lots }) => lots.map(({ units }) => units))).reduce((sum, units) => sum + units, 0)
    expect(index.totals(now).reduce((sum, { available }) => sum + available, 0)).toBe(held)
  })
})
