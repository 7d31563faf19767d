import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createCompactRows } from './compact-rows.ts'

const digestOf = (n: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, place) => (n + place) & 255)

describe('compact rows', () => {
  it('hold what a map would hold, through growth, replacement and deletion', () => {
    const rows = createCompactRows()
    const twin = new Map<string, { digest: Uint8Array; owner: number }>()
    const keys = Array.from({ length: 5000 }, () => randomUUID())
    for (let step = 0; step < 40_000; step++) {
      const key = keys[Math.floor(Math.random() * keys.length)] as string
      if (Math.random() < 0.4) {
        rows.delete(key)
        twin.delete(key)
      } else {
        rows.set(key, digestOf(step), step)
        twin.set(key, { digest: digestOf(step), owner: step })
      }
    }
    for (const key of keys) expect(rows.get(key)).toEqual(twin.get(key))
    expect([...rows.keys()].toSorted()).toEqual([...twin.keys()].toSorted())
  })

  it('take at most 111 bytes for each row', () => {
    const rows = createCompactRows()
    const count = 200_000
    for (let n = 0; n < count; n++) rows.set(`00000000-0000-7000-8000-${String(n).padStart(12, '0')}`, digestOf(n), n)
    expect(rows.bytes / count).toBeLessThanOrEqual(111)
  })
})
