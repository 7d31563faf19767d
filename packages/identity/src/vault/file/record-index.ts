import { crc32 } from 'node:zlib'
import type { JournalRecord, RecordKind } from './journal-record.ts'

/** Free slots stay at least this share of the table. */
const FILL_MAX = 0.6

/**
 * Where in the journal the records of a patient stand: an open-addressing table of numbers, 14 bytes a slot, about 23 bytes a record, so
 * that a million patients fit in memory. Fingerprints may collide; the caller reads the record and compares.
 */
export interface RecordIndex {
  add(record: Pick<JournalRecord, 'kind' | 'shard' | 'patient' | 'network'>, offset: number): void
  /** Offsets of the records that may be meant, newest first. */
  offsets(kind: RecordKind, patient: Uint8Array, network?: Uint8Array): readonly number[]
  /** Offsets of all records of the shards chosen, of every kind, in no order. Looks through the whole table once. */
  ofShards(chosen: (shard: number) => boolean): readonly number[]
  readonly size: number
}

export function createRecordIndex(): RecordIndex {
  let table = newTable(1024)
  let size = 0
  return {
    get size() {
      return size
    },
    add(record, offset) {
      if (size + 1 > table.offsets.length * FILL_MAX) table = grown(table)
      put(table, fingerprint(record.kind, record.patient, record.network), record.shard, offset)
      size += 1
    },
    offsets(kind, patient, network) {
      const found: number[] = []
      const wanted = fingerprint(kind, patient, network ?? new Uint8Array(0))
      const mask = table.offsets.length - 1
      for (let slot = wanted & mask; table.offsets[slot] !== 0; slot = (slot + 1) & mask) {
        if (table.fingerprints[slot] === wanted) found.push(table.offsets[slot] as number)
      }
      return found.sort((a, b) => b - a)
    },
    ofShards(chosen) {
      const found: number[] = []
      for (let slot = 0; slot < table.offsets.length; slot += 1) {
        if (table.offsets[slot] !== 0 && chosen(table.shards[slot] as number)) found.push(table.offsets[slot] as number)
      }
      return found
    },
  }
}

/** An offset of 0 marks a free slot: the journal's header stands there, never a record. */
interface Table { readonly fingerprints: Uint32Array; readonly shards: Uint16Array; readonly offsets: Float64Array }

function newTable(slots: number): Table {
  return { fingerprints: new Uint32Array(slots), shards: new Uint16Array(slots), offsets: new Float64Array(slots) }
}

function put(table: Table, print: number, shard: number, offset: number): void {
  const mask = table.offsets.length - 1
  let slot = print & mask
  while (table.offsets[slot] !== 0) slot = (slot + 1) & mask
  table.fingerprints[slot] = print
  table.shards[slot] = shard
  table.offsets[slot] = offset
}

function grown(table: Table): Table {
  const next = newTable(table.offsets.length * 2)
  for (let slot = 0; slot < table.offsets.length; slot += 1) {
    const offset = table.offsets[slot] as number
    if (offset !== 0) put(next, table.fingerprints[slot] as number, table.shards[slot] as number, offset)
  }
  return next
}

function fingerprint(kind: RecordKind, patient: Uint8Array, network: Uint8Array): number {
  return crc32(network, crc32(patient, kind))
}
