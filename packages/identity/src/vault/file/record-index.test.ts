import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRecord, encodeRecord, RECORD_BYTES_MAX, type RecordKind } from './journal-record.ts'
import { createRecordIndex } from './record-index.ts'

const kinds = fc.constantFrom<RecordKind>(1, 2, 3, 4)
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array))

describe('records of the journal', () => {
  it('come back as they were written, one after the other', () => {
    const record = fc.record({ kind: kinds, shard: fc.integer({ min: 0, max: 4095 }), patient: bytes(1, 128), network: bytes(0, 64), content: bytes(0, 60) })
    fc.assert(fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
      const joined = Buffer.concat(records.map(encodeRecord))
      let offset = 0
      for (const one of records) {
        const found = decodeRecord(joined, offset)
        expect(found?.record).toEqual(one)
        offset = found?.next ?? Number.NaN
      }
      expect(offset).toBe(joined.length)
      expect(Math.max(...records.map((one) => encodeRecord(one).length))).toBeLessThanOrEqual(RECORD_BYTES_MAX)
    }))
  })

  it('never throw, whatever the bytes', () => {
    fc.assert(fc.property(bytes(0, 200), (any) => {
      const found = decodeRecord(any, 0)
      return found === undefined || found.next <= any.length
    }), { numRuns: 2000 })
  })
})

describe('the index of records', () => {
  it('finds every record by kind, patient and network, newest first, and those of the shards chosen', () => {
    const index = createRecordIndex()
    const none = Buffer.alloc(0)
    for (let place = 1; place <= 5000; place += 1) {
      const patient = Buffer.from(`patient-${place % 2500}`)
      index.add({ kind: 1, shard: place % 2500 % 16, patient, network: none }, place * 100)
    }
    expect(index.size).toBe(5000)
    expect(index.offsets(1, Buffer.from('patient-7'))).toEqual([250_700, 700])
    expect(index.offsets(2, Buffer.from('patient-7'))).toEqual([])
    expect(index.offsets(1, Buffer.from('patient-7'), Buffer.from('hospital'))).toEqual([])
    expect(index.offsets(1, Buffer.from('nobody'))).toEqual([])
    expect(index.ofShards((shard) => shard === 3)).toHaveLength(314)
  })
})
