import { z } from 'zod'
import type { Call } from './call.ts'
import { sequenceOf } from './names.ts'
import { openPlace, type Place } from './place.ts'
import { Refusal } from './refusal.ts'
import { parseJson, parseStored, readStored, type ShownRecord, type StoredRecord } from './stored-record.ts'
import { checkStreamName, mayRead, readStream } from './stream.ts'

/** An answer carries at most about this much data; the caller asks again for the rest. */
const ANSWER_BYTES_MAX = 4_194_304
/** Most ids in one `get`, most records in one `list`. */
const COUNT_MAX = 10_000

const idsSchema = z.array(z.string().regex(/^[0-9a-f]{32}$/)).max(COUNT_MAX)
const querySchema = z.strictObject({
  key: z.string().regex(/^[0-9a-f]{64}$/).optional(),
  /** Sequence number; 0 is before the first. */
  after: z.int().min(0),
  limit: z.int().min(1).max(COUNT_MAX),
})

export interface GetAnswer {
  readonly size: number
  /** In the order of the ids, `null` for an unknown one; fewer than ids when their data would be too much for one answer. */
  readonly records: readonly (ShownRecord | null)[]
}

export interface ListAnswer {
  readonly size: number
  readonly records: readonly ShownRecord[]
  /** There are more after these. */
  readonly more: boolean
}

/** `get(stream, ids)`: the records of the ids. UNAUTHORISED, the same for every id, when the stream is private to others. */
export async function get(call: Call, [name, ids]: readonly string[]): Promise<GetAnswer> {
  const parsed = idsSchema.safeParse(parseJson(ids))
  if (!parsed.success) throw new Refusal('INVALID', 'The ids are no list of ids')
  const place = await openForReading(call, name)
  if (place === undefined) return { size: 0, records: parsed.data.map(() => null) }
  const [size, ...found] = await place.get([place.names.size, ...parsed.data.map((id) => place.names.id(id))])
  const sequences = found.flatMap((value) => (value === undefined ? [] : [Number(value)]))
  const shown = await show(place, sequences, await readStored(place, sequences))
  const records: (ShownRecord | null)[] = []
  let next = 0
  for (const value of found) {
    const record = value === undefined ? null : shown[next++]
    if (record === undefined) break
    records.push(record)
  }
  return { size: Number(size ?? 0), records }
}

/** `list(stream, { key?, after, limit })`: records after a sequence number, in order. UNAUTHORISED as for `get`. */
export async function list(call: Call, [name, text]: readonly string[]): Promise<ListAnswer> {
  const parsed = querySchema.safeParse(parseJson(text))
  if (!parsed.success) throw new Refusal('INVALID', 'The query is { key?, after, limit }')
  const { key, after, limit } = parsed.data
  const place = await openForReading(call, name)
  if (place === undefined) return { size: 0, records: [], more: false }
  const [size] = await place.get([place.names.size])
  const found = key === undefined ? await pageOfStream(place, after, limit) : await pageOfKey(place, key, after, limit)
  const records = await show(place, found.sequences, found.stored)
  return { size: Number(size ?? 0), records, more: found.more || records.length < found.sequences.length }
}

interface Found {
  readonly sequences: readonly number[]
  readonly stored: readonly StoredRecord[]
  readonly more: boolean
}

async function pageOfStream({ names, range }: Place, after: number, limit: number): Promise<Found> {
  const sequences: number[] = []
  const stored: StoredRecord[] = []
  for await (const { key, value } of range(names.record(after + 1), names.record(Number.MAX_SAFE_INTEGER))) {
    if (sequences.length === limit) return { sequences, stored, more: true }
    sequences.push(sequenceOf(key))
    stored.push(parseStored(value))
  }
  return { sequences, stored, more: false }
}

async function pageOfKey(place: Place, recordKey: string, after: number, limit: number): Promise<Found> {
  const { names, range } = place
  const sequences: number[] = []
  let more = false
  for await (const { key } of range(names.key(recordKey, after + 1), names.key(recordKey, Number.MAX_SAFE_INTEGER))) {
    more = sequences.length === limit
    if (more) break
    sequences.push(sequenceOf(key))
  }
  return { sequences, stored: await readStored(place, sequences), more }
}

async function openForReading(call: Call, name: string | undefined): Promise<Place | undefined> {
  const streamName = checkStreamName(name)
  const stream = await readStream(call, streamName)
  if (!mayRead(stream, call.caller)) throw new Refusal('UNAUTHORISED', 'The stream is private')
  return await openPlace(call, streamName, stream)
}

/** Records with their data; the first ones only, when all would be more than one answer carries. */
async function show(place: Place, sequences: readonly number[], stored: readonly StoredRecord[]): Promise<readonly ShownRecord[]> {
  let bytes = 0
  const fits = stored.findIndex((record, index) => (bytes += record.bytes ?? 0) > ANSWER_BYTES_MAX && index > 0)
  const shown = fits === -1 ? stored : stored.slice(0, fits)
  const withData = shown.flatMap((record, index) => (record.bytes === undefined || record.bytes === 0 ? [] : [sequences[index] ?? 0]))
  const data = await place.get(withData.map((sequence) => place.names.data(sequence)))
  const dataAt = new Map(withData.map((sequence, index) => [sequence, data[index]]))
  return shown.map(({ bytes: length, ...record }, index) => {
    const sequence = sequences[index] ?? 0
    return { ...record, sequence, ...(length === undefined ? {} : { data: (dataAt.get(sequence) ?? Buffer.alloc(0)).toString('base64') }) }
  })
}
