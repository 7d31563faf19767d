import type { LedgerRecord, ListQuery, Page, RecordId } from '@careledger/ledger-spec'
import type { Folder } from './folder.ts'
import { position } from './position.ts'
import { toLedgerRecord, toListedRecord } from './to-ledger-record.ts'

export async function getRecords(folder: Folder, stream: string, ids: readonly RecordId[]): Promise<readonly (LedgerRecord | undefined)[]> {
  await folder.refresh()
  const { byId } = folder.stream(stream)
  return ids.map((id) => {
    const record = byId.get(id)
    return record === undefined ? undefined : toLedgerRecord(record)
  })
}

/** Positions have fixed width, so they compare as text. */
export async function listRecords(folder: Folder, stream: string, { key, after, limit }: ListQuery): Promise<Page> {
  if (after !== undefined) position.decode(after)
  await folder.refresh()
  const later = folder.stream(stream).inOrder.filter((record) => (after === undefined || record.position > after) && (key === undefined || record.key === key))
  const records = later.slice(0, limit).map(toListedRecord)
  const last = records.at(-1)
  return later.length > limit && last !== undefined ? { records, next: last.position } : { records }
}
