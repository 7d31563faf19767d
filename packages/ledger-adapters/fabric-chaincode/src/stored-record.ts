import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Place } from './place.ts'
import { Refusal } from './refusal.ts'

const HEX_16 = /^[0-9a-f]{32}$/
const HEX_32 = /^[0-9a-f]{64}$/
const RECORDS_MAX = 10_000

const newRecordsSchema = z.array(z.strictObject({
  id: z.string().regex(HEX_16),
  key: z.string().regex(HEX_32).optional(),
  digest: z.string().regex(HEX_32),
  data: z.base64().optional(),
})).min(1).max(RECORDS_MAX)

/** A record as the adapter sends it, in the transient field `records`. */
export interface NewRecord {
  readonly id: string
  readonly key: string | undefined
  readonly digest: string
  readonly data: Buffer | undefined
}

/** A record as it stands under `r~`: its data, if it has any, stands beside it under `d~`, so that lists stay light. */
const storedSchema = z.strictObject({
  id: z.string(),
  key: z.string().optional(),
  digest: z.string(),
  /** Bytes of data; absent when the record has none. */
  bytes: z.int().optional(),
  writer: z.string(),
  /** Id of the transaction that wrote it: where its block and the endorsers' signatures are found. */
  transactionId: z.string(),
  /** Time of the proposal, in milliseconds since 1970. */
  at: z.int(),
})

export type StoredRecord = z.output<typeof storedSchema>

/** A record as the chaincode answers. `data` is base64. */
export interface ShownRecord extends Omit<StoredRecord, 'bytes'> {
  readonly sequence: number
  readonly data?: string
}

/** INVALID unless it is 1 to 10,000 records with distinct ids, each digest that of its data. */
export function parseNewRecords(bytes: Uint8Array | undefined): readonly NewRecord[] {
  const parsed = newRecordsSchema.safeParse(parseJson(bytes))
  if (!parsed.success) throw new Refusal('INVALID', 'The transient field records is no list of records')
  const records = parsed.data.map(({ id, key, digest, data }): NewRecord => ({ id, key, digest, data: data === undefined ? undefined : Buffer.from(data, 'base64') }))
  if (new Set(records.map((record) => record.id)).size !== records.length) throw new Refusal('INVALID', 'The ids of one append are distinct')
  for (const { data, digest } of records) {
    if (data !== undefined && createHash('sha256').update(data).digest('hex') !== digest) throw new Refusal('INVALID', 'A digest is SHA-256 of the data')
  }
  return records
}

/** Stored records at `sequences`, in that order. Each must be there: sequences have no gaps. */
export async function readStored(place: Place, sequences: readonly number[]): Promise<readonly StoredRecord[]> {
  const values = await place.get(sequences.map((sequence) => place.names.record(sequence)))
  return values.map((value) => parseStored(value))
}

export function parseStored(value: Buffer | undefined): StoredRecord {
  if (value === undefined) throw new Error('A record is missing below the size of its stream')
  return storedSchema.parse(JSON.parse(value.toString()))
}

/** Whether the ledger's record and the caller's say the same; equal digests mean equal data. */
export function saysTheSame(stored: StoredRecord, record: NewRecord): boolean {
  return stored.digest === record.digest && stored.key === record.key && stored.bytes === record.data?.length
}

/** `undefined` when it is no JSON. */
export function parseJson(bytes: Uint8Array | string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(bytes ?? '').toString())
  } catch {
    return undefined
  }
}
