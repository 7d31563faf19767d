import { createHash } from 'node:crypto'
import { LedgerError } from '@careledger/ledger-spec'
import type { LedgerErrorDetails, LedgerLimits, ListQuery, NewRecord, Receipt } from '@careledger/ledger-spec'
import { appendBytes } from './record-content.ts'

const STREAM = /^[a-z0-9][a-z0-9-]{0,30}$/
const HEX_16 = /^[0-9a-f]{32}$/
const HEX_32 = /^[0-9a-f]{64}$/
const POSITION = /^[\x21-\x7e]{1,64}$/

/** LEDGER_INVALID_RECORD unless `stream` has the form of a stream name. */
export function checkStream(stream: string): void {
  if (typeof stream !== 'string' || !STREAM.test(stream)) refuse('A stream name is [a-z0-9][a-z0-9-]{0,30}', { field: 'stream' })
}

/** LEDGER_INVALID_RECORD unless `id` is 32 lower-case hex digits. */
export function checkId(id: string): void {
  if (typeof id !== 'string' || !HEX_16.test(id)) refuse('An id is 32 lower-case hex digits', { field: 'id' })
}

/** Ids of one `getMany`: each well formed, at most `pageMax`. */
export function checkIds(limits: LedgerLimits, ids: readonly string[]): void {
  if (ids.length > limits.pageMax) refuse('More ids than one call takes', { field: 'ids', count: ids.length, pageMax: limits.pageMax })
  for (const id of ids) checkId(id)
}

/** Receipts of one `finality`: each well formed, at most `pageMax`. */
export function checkReceipts(limits: LedgerLimits, receipts: readonly Pick<Receipt, 'stream' | 'id' | 'digest'>[]): void {
  if (receipts.length > limits.pageMax) refuse('More receipts than one call takes', { field: 'receipts', count: receipts.length, pageMax: limits.pageMax })
  for (const receipt of receipts) {
    checkStream(receipt.stream)
    checkId(receipt.id)
    if (!isHex32(receipt.digest)) refuse('A digest is 64 lower-case hex digits', { field: 'digest' })
  }
}

/** LEDGER_INVALID_RECORD unless `position` could be one of any ledger: 1 to 64 printable ASCII characters. */
export function checkPosition(position: string): void {
  if (typeof position !== 'string' || !POSITION.test(position)) refuse('A position is 1 to 64 printable ASCII characters', { field: 'after' })
}

/** Query of one `list`. */
export function checkListQuery(limits: LedgerLimits, query: ListQuery): void {
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > limits.pageMax) {
    refuse('A page has 1 to pageMax records', { field: 'limit', pageMax: limits.pageMax })
  }
  if (query.key !== undefined && !isHex32(query.key)) refuse('A key is 64 lower-case hex digits', { field: 'key' })
  if (query.after !== undefined) checkPosition(query.after)
}

/** Records of one `append`: form, distinct ids, digests of data, and every limit. */
export function checkAppend(limits: LedgerLimits, records: readonly NewRecord[]): void {
  if (records.length < 1 || records.length > limits.recordsMax) {
    refuse('An append has 1 to recordsMax records', { field: 'records', count: records.length, recordsMax: limits.recordsMax })
  }
  const seen = new Set<string>()
  for (const record of records) {
    checkRecord(limits, record)
    if (seen.has(record.id)) refuse('The ids of one append are distinct', { field: 'id', ids: [record.id] })
    seen.add(record.id)
  }
  const bytes = appendBytes(limits, records)
  if (bytes > limits.appendBytesMax) refuse('An append has at most appendBytesMax bytes', { field: 'records', bytes, appendBytesMax: limits.appendBytesMax })
}

function checkRecord(limits: LedgerLimits, record: NewRecord): void {
  checkId(record.id)
  const ids = [record.id]
  if (!isHex32(record.digest)) refuse('A digest is 64 lower-case hex digits', { field: 'digest', ids })
  if (record.key !== undefined && !isHex32(record.key)) refuse('A key is 64 lower-case hex digits', { field: 'key', ids })
  const data = record.data
  if (data === undefined) return
  if (!(data instanceof Uint8Array)) refuse('Data is a Uint8Array', { field: 'data', ids })
  if (data.length > limits.dataBytesMax) {
    refuse('Data has at most dataBytesMax bytes', { field: 'data', ids, bytes: data.length, dataBytesMax: limits.dataBytesMax })
  }
  if (createHash('sha256').update(data).digest('hex') !== record.digest) refuse('The digest is SHA-256 of the data', { field: 'digest', ids })
}

function isHex32(text: unknown): boolean {
  return typeof text === 'string' && HEX_32.test(text)
}

function refuse(message: string, details: LedgerErrorDetails): never {
  throw new LedgerError('LEDGER_INVALID_RECORD', message, { details })
}
