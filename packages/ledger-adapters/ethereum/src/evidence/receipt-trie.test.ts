import { describe, expect, it } from 'vitest'
import { createIndexTrie } from './receipt-trie.ts'

describe('the trie of a block\'s receipts', () => {
  it('has a node of its own on the way to each of many values, and one root for all', () => {
    for (const count of [1, 2, 15, 16, 17, 127, 128, 129, 300]) {
      const trie = createIndexTrie(Array.from({ length: count }, (_, index) => `0x${index.toString(16).padStart(80, '0')}`))
      for (const index of [0, 1, 15, 16, 127, 128, count - 1].filter((one) => one < count)) expect(trie.path(index).length).toBeGreaterThan(0)
    }
  })

  it('knows no value beyond the last', () => {
    expect(() => createIndexTrie(['0x01']).path(1)).toThrow(RangeError)
  })
})
