import { createHash, randomBytes } from 'node:crypto'
import type { NewRecord } from '@careledger/ledger-spec'
import { describe, expect, it } from 'vitest'
import { decodeItem, encodeItem } from './item-format.ts'
import { packItems } from './pack-items.ts'

const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
const plain = (): NewRecord => ({ id: hex(16), key: hex(32), digest: hex(32) })
function withData(bytes: number): NewRecord {
  const data = Uint8Array.from(randomBytes(bytes))
  return { id: hex(16), digest: createHash('sha256').update(data).digest('hex'), data }
}

describe('the form of an item', () => {
  it('gives back records with and without key and data, in their order', () => {
    const records = [plain(), withData(0), { id: hex(16), digest: hex(32) }, withData(300), plain()]
    const { keys, data } = encodeItem(records)
    expect(decodeItem(keys, data)).toEqual(records)
  })

  it('is what the README says, byte for byte', () => {
    const [id, key, digest] = ['11'.repeat(16), '22'.repeat(32), '33'.repeat(32)] as const
    const data = Uint8Array.of(7, 8)
    const record = { id: '44'.repeat(16), digest: createHash('sha256').update(data).digest('hex'), data }
    expect(encodeItem([{ id, key, digest }, record])).toEqual({ keys: [`i${id}`, `k${key}`, `i${record.id}`], data: `0100${digest}01000000020708` })
  })

  it('refuses everything that differs from it', () => {
    const record = plain()
    const { keys, data } = encodeItem([record])
    const others: readonly (readonly [readonly string[], string])[] = [
      [keys, ''], [keys, `${data}00`], [keys, data.slice(0, -2)], [keys, `02${data.slice(2)}`], [keys, `0102${data.slice(4)}`], [keys, `0101ffffffff${data.slice(4)}`],
      [keys, `${data}0`], [keys, data.toUpperCase().replace('A', 'G')], [[], data], [[`i${record.id}`, `i${record.id}`], `${data}${data.slice(2)}`],
      [[`k${record.key}`, `i${record.id}`], data], [[...keys, `k${record.key}`], data], [[`i${record.id.toUpperCase()}x`], data], [[`x${record.id}`], data],
    ]
    for (const [otherKeys, otherData] of others) expect(decodeItem(otherKeys, otherData)).toBeUndefined()
  })
})

describe('cutting an append into items', () => {
  it('keeps the order, at most 64 records each, and never needs more items than a transaction has', () => {
    const appends: readonly (readonly NewRecord[])[] = [
      Array.from({ length: 640 }, plain),
      Array.from({ length: 640 }, (_, index) => (index % 2 === 0 ? plain() : withData(1_600))),
      Array.from({ length: 64 }, () => withData(16_384)),
      [...Array.from({ length: 639 }, () => withData(1)), withData(1_048_576)],
      [withData(1_048_576)],
      Array.from({ length: 128 }, (_, index) => withData(index % 2 === 0 ? 16_000 : 385)),
    ]
    for (const records of appends) {
      const items = packItems(records)
      expect(items.flat()).toEqual(records)
      expect(items.length).toBeLessThanOrEqual(32)
      for (const item of items) expect(item.length).toBeLessThanOrEqual(64)
    }
  })
})
