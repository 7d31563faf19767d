import { describe, expect, it } from 'vitest'
import { readLayout } from '../testing/compile-contract.ts'
import { CONTRACT_SLOTS } from './read-slots.ts'

describe('the contract\'s storage', () => {
  it('lies where its readers look', () => {
    const layout = readLayout('TaggedCareLedger', 'homestead')
    const slots = Object.keys(CONTRACT_SLOTS).map((name) => [name, BigInt(layout[name]?.slot ?? -1)])
    expect(Object.fromEntries(slots)).toEqual(CONTRACT_SLOTS)
    expect(layout['createdAt']).toEqual({ slot: '0', offset: 20 })
  })
})
