import type { LedgerRecord, ListQuery, Page, RecordId } from '@careledger/ledger-spec'
import type { Node } from './node.ts'
import { position } from './position.ts'
import { toLedgerRecord, toListedRecord } from './to-ledger-record.ts'

export async function getRecords(node: Node, stream: string, ids: readonly RecordId[]): Promise<readonly (LedgerRecord | undefined)[]> {
  const items = await Promise.all(ids.map((id) => node.byId(stream, id)))
  return items.map((item) => (item === undefined ? undefined : toLedgerRecord(item)))
}

/** One item more than asked tells whether there is a next page. */
export async function listRecords(node: Node, stream: string, { key, after, limit }: ListQuery): Promise<Page> {
  const from = after === undefined ? 0 : Number(position.decode(after)[0])
  const items = await node.range(stream, from, limit + 1, key)
  const records = items.slice(0, limit).map(toListedRecord)
  const last = records.at(-1)
  return items.length > limit && last !== undefined ? { records, next: last.position } : { records }
}
