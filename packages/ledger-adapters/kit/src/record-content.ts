import type { LedgerLimits, NewRecord } from '@careledger/ledger-spec'

/** Whether two records of one id say the same: digest, key and data (append-2). */
export function sameContent(a: NewRecord, b: NewRecord): boolean {
  if (a.digest !== b.digest || a.key !== b.key) return false
  if (a.data === undefined || b.data === undefined) return a.data === b.data
  return a.data.length === b.data.length && a.data.every((byte, index) => byte === b.data?.[index])
}

/** Bytes of one append as `limits` counts them. */
export function appendBytes(limits: LedgerLimits, records: readonly NewRecord[]): number {
  let bytes = 0
  for (const record of records) bytes += limits.recordBytes + limits.dataFactor * (record.data?.length ?? 0)
  return bytes
}
