import { describe, expect, it } from 'vitest'
import { createBoundedMap } from './bounded-map.ts'

describe('a bounded map', () => {
  it('drops what was used longest ago once it is full', () => {
    const map = createBoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    expect(map.get('a')).toBe(1)
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2])
  })

  it('replaces, deletes, and deletes by name', () => {
    const map = createBoundedMap<string, number>(5)
    map.set('a', 1)
    map.set('a', 2)
    map.set('x/p', 3)
    map.set('y/p', 4)
    map.delete('a')
    map.deleteWhere((name) => name.endsWith('/p'))
    expect([map.size, [...map.values()]]).toEqual([0, []])
  })
})
