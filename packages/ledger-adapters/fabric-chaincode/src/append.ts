import type { Call } from './call.ts'
import { openPlace, type Place } from './place.ts'
import { Refusal } from './refusal.ts'
import { parseNewRecords, readStored, saysTheSame, type NewRecord, type StoredRecord } from './stored-record.ts'
import { checkStreamName, mayWrite, readStream } from './stream.ts'

/** `appended` 0 means that this transaction writes nothing and must not be submitted: a collection's policy would refuse it. */
export interface AppendAnswer {
  readonly appended: number
  /** Records in the stream when this transaction is valid. */
  readonly size: number
  /** Ids that stand with another content; then nothing is written. */
  readonly conflicts?: readonly string[]
}

/** Name of the event of an append; its payload is `{ stream, size }`. */
const APPENDED = 'appended'

/**
 * Puts the records of the transient field `records` at the end of the stream, next to each other and in their order; those that are
 * there are left out. Counter and ids are read, so of two appends at once Fabric makes one invalid (MVCC_READ_CONFLICT).
 */
export async function append(call: Call, [name]: readonly string[]): Promise<AppendAnswer> {
  const streamName = checkStreamName(name)
  const transient = call.stub.getTransient()
  const records = parseNewRecords(transient.get('records'))
  const stream = await readStream(call, streamName)
  if (!mayWrite(stream, call.caller)) throw new Refusal('UNAUTHORISED', 'This account may not write the stream')
  const place = await openPlace(call, streamName, stream, transient.get('secret'))
  if (place === undefined) throw new Refusal('REJECTED', 'The first append to a private stream brings its secret')

  const [sizeValue, ...places] = await place.get([place.names.size, ...records.map((record) => place.names.id(record.id))])
  const size = Number(sizeValue ?? 0)
  const conflicts = await findConflicts(place, records, places)
  if (conflicts.length > 0) return { appended: 0, size, conflicts }
  const missing = records.filter((_, index) => places[index] === undefined)
  if (missing.length === 0) return { appended: 0, size }

  const entries = missing.flatMap((record, index) => entriesOf(place, size + index + 1, record, {
    id: record.id,
    ...(record.key === undefined ? {} : { key: record.key }),
    digest: record.digest,
    ...(record.data === undefined ? {} : { bytes: record.data.length }),
    writer: call.caller.account,
    transactionId: call.stub.getTxID(),
    at: call.stub.getDateTimestamp().getTime(),
  }))
  const answer = { appended: missing.length, size: size + missing.length }
  await place.put([[place.names.size, Buffer.from(String(answer.size))], ...entries])
  call.stub.setEvent(APPENDED, Buffer.from(JSON.stringify({ stream: streamName, size: answer.size })))
  return answer
}

async function findConflicts(place: Place, records: readonly NewRecord[], places: readonly (Buffer | undefined)[]): Promise<readonly string[]> {
  const there = records.flatMap((record, index) => (places[index] === undefined ? [] : [{ record, sequence: Number(places[index]) }]))
  const stored = await readStored(place, there.map(({ sequence }) => sequence))
  return there.flatMap(({ record }, index) => (stored[index] !== undefined && saysTheSame(stored[index], record) ? [] : [record.id]))
}

function entriesOf({ names }: Place, sequence: number, record: NewRecord, stored: StoredRecord): readonly (readonly [string, Uint8Array])[] {
  return [
    [names.id(record.id), Buffer.from(String(sequence))],
    [names.record(sequence), Buffer.from(JSON.stringify(stored))],
    ...(record.key === undefined ? [] : [[names.key(record.key, sequence), Buffer.from(String(sequence))] as const]),
    ...(record.data === undefined || record.data.length === 0 ? [] : [[names.data(sequence), record.data] as const]),
  ]
}
