import { createHash, randomBytes } from 'node:crypto'
import type { Ledger, ListedRecord, NewRecord } from '@careledger/ledger-spec'
import { CONFORMANCE_STREAMS } from './ledger-under-test.ts'

export const [STREAM, OTHER_STREAM, PRIVATE_STREAM] = CONFORMANCE_STREAMS

export function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

export function newRecord(parts: Partial<NewRecord> = {}): NewRecord {
  return { id: hex(16), key: hex(32), digest: hex(32), ...parts }
}

export function newRecords(count: number, parts: Partial<NewRecord> = {}): NewRecord[] {
  return Array.from({ length: count }, () => newRecord(parts))
}

/** A record whose digest is that of its data. */
export function newDataRecord(data: Uint8Array, parts: Partial<NewRecord> = {}): NewRecord {
  return newRecord({ digest: createHash('sha256').update(data).digest('hex'), data, ...parts })
}

/** At most as many as one append takes. */
export function atMost(ledger: Ledger, count: number): number {
  return Math.min(count, ledger.describe().limits.recordsMax)
}

/** Appends `records` one transaction after the other and waits until all are final. */
export async function appendFinal(ledger: Ledger, stream: string, records: readonly NewRecord[]): Promise<void> {
  const size = atMost(ledger, records.length)
  for (let from = 0; from < records.length; from += size) await ledger.append(stream, records.slice(from, from + size), { until: 'final' })
}

/** Every final record of a stream, page by page. */
export async function listAll(ledger: Ledger, stream: string, { key, limit = 50 }: { readonly key?: string; readonly limit?: number } = {}): Promise<readonly ListedRecord[]> {
  const all: ListedRecord[] = []
  let after: string | undefined
  do {
    const page = await ledger.list(stream, { key, after, limit: Math.min(limit, ledger.describe().limits.pageMax) })
    all.push(...page.records)
    after = page.next
  } while (after !== undefined)
  return all
}

export function idsOf(records: readonly { readonly id: string }[]): readonly string[] {
  return records.map((record) => record.id)
}

/** What every client must see alike of a record. */
export function shown(records: readonly ListedRecord[]): readonly unknown[] {
  return records.map(({ id, key, digest, state, writer, position }) => ({ id, key, digest, state, writer, position }))
}
