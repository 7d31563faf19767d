/**
 * One record of the journal: `u16 length | u8 kind | u16 shard | u8 length, patient | u8 length, network | content`, integers big-endian;
 * the first length counts what follows it.
 */
export interface JournalRecord {
  readonly kind: RecordKind
  readonly shard: number
  /** UTF-8, 1 to 128 bytes; empty in the record of a rotation. */
  readonly patient: Buffer
  /** UTF-8, at most 64 bytes; empty but for secrets. */
  readonly network: Buffer
  /** Key or secret, sealed (60 bytes); of `destroyed` the generations before and after (16 bytes); of `rotation` the time, u64 milliseconds. */
  readonly content: Buffer
}

/** 1: patient key P under its shard key. 2: subject secret under P. 3: the patient's keys were destroyed. 4: a rotation of all shard keys began. */
export type RecordKind = 1 | 2 | 3 | 4
export const PATIENT_KEY = 1
export const SUBJECT_SECRET = 2
export const DESTROYED = 3
export const ROTATION = 4

/** Largest encoded record. */
export const RECORD_BYTES_MAX = 2 + 3 + 1 + 128 + 1 + 64 + 60

export function encodeRecord(record: JournalRecord): Buffer {
  const { patient, network, content } = record
  const length = 3 + 1 + patient.length + 1 + network.length + content.length
  const bytes = Buffer.alloc(2 + length)
  bytes.writeUInt16BE(length, 0)
  bytes.writeUInt8(record.kind, 2)
  bytes.writeUInt16BE(record.shard, 3)
  bytes.writeUInt8(patient.length, 5)
  bytes.set(patient, 6)
  bytes.writeUInt8(network.length, 6 + patient.length)
  bytes.set(network, 7 + patient.length)
  bytes.set(content, 7 + patient.length + network.length)
  return bytes
}

/** The record at `offset` and where the next begins; `undefined` when the bytes there are not a whole record. */
export function decodeRecord(bytes: Buffer, offset: number): { readonly record: JournalRecord; readonly next: number } | undefined {
  if (offset + 7 > bytes.length) return undefined
  const next = offset + 2 + bytes.readUInt16BE(offset)
  const kind = bytes.readUInt8(offset + 2)
  const networkAt = offset + 6 + bytes.readUInt8(offset + 5)
  if (next > bytes.length || networkAt >= next || (kind !== PATIENT_KEY && kind !== SUBJECT_SECRET && kind !== DESTROYED && kind !== ROTATION)) return undefined
  const contentAt = networkAt + 1 + bytes.readUInt8(networkAt)
  if (contentAt > next) return undefined
  const record: JournalRecord = {
    kind,
    shard: bytes.readUInt16BE(offset + 3),
    patient: bytes.subarray(offset + 6, networkAt),
    network: bytes.subarray(networkAt + 1, contentAt),
    content: bytes.subarray(contentAt, next),
  }
  return { record, next }
}

/** What a sealed key or secret is bound to: bytes moved to another patient, network or kind do not open. */
export function recordAssociatedData(record: Pick<JournalRecord, 'kind' | 'patient' | 'network'>): Buffer {
  return Buffer.concat([Buffer.from([record.kind, record.patient.length]), record.patient, Buffer.from([record.network.length]), record.network])
}
