import type { LedgerHealth, LedgerRecord, ListedRecord, ListQuery, Page, RecordId, StreamName } from '@careledger/ledger-spec'
import { LedgerError } from '@careledger/ledger-spec'
import { sleep } from '@careledger/ledger-kit'
import { answers } from './chaincode-answers.ts'
import type { Fabric } from './fabric.ts'
import { toPosition, toSequence } from './position.ts'
import { readHeight } from './system-chaincode.ts'
import { toLedgerRecord } from './to-ledger-record.ts'

/** Pause before a peer is asked again that stands before an append of ours. */
const BEHIND_MS = 50

/** By one query, or by several when the data would be too much for one answer. */
export async function getRecords(fabric: Fabric, stream: StreamName, ids: readonly RecordId[], signal: AbortSignal): Promise<readonly (LedgerRecord | undefined)[]> {
  const records: (LedgerRecord | undefined)[] = []
  while (records.length < ids.length) {
    const answer = await upToDate(fabric, stream, signal, () => fabric.query(answers.get, 'get', [fabric.nameOf(stream), JSON.stringify(ids.slice(records.length))]))
    if (answer.records.length === 0) throw new LedgerError('LEDGER_UNAVAILABLE', 'The chaincode answered with nothing')
    for (const record of answer.records) records.push(record === null ? undefined : withoutPosition(toLedgerRecord(record)))
  }
  return records
}

/** Pages from any place, in the order of the stream's counter. */
export async function listRecords(fabric: Fabric, stream: StreamName, { key, after, limit }: ListQuery, signal: AbortSignal): Promise<Page> {
  const records: ListedRecord[] = []
  let more = true
  let from = toSequence(after)
  while (more && records.length < limit) {
    const query = { key, after: from, limit: limit - records.length }
    const answer = await upToDate(fabric, stream, signal, () => fabric.query(answers.list, 'list', [fabric.nameOf(stream), JSON.stringify(query)]))
    records.push(...answer.records.map(toLedgerRecord))
    more = answer.more && answer.records.length > 0
    from = answer.records.at(-1)?.sequence ?? from
  }
  return more ? { records, next: toPosition(from) } : { records }
}

/** Height of the own peer, and whether the chaincode answers. */
export async function readHealth(fabric: Fabric): Promise<LedgerHealth> {
  const height = await readHeight(fabric.client, fabric.settings.channel)
  await fabric.query(answers.about, 'about', [])
  return { ok: true, height, finalHeight: height, problems: [] }
}

/** Asks again while the peer that answered has not yet what this object appended (get-2), at most `queryTimeoutMs`. */
async function upToDate<T extends { readonly size: number }>(fabric: Fabric, stream: StreamName, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  const end = Date.now() + fabric.settings.queryTimeoutMs
  for (;;) {
    const answer = await ask()
    try {
      fabric.checkSize(stream, answer.size)
      return answer
    } catch (error) {
      if (Date.now() >= end || signal.aborted) throw error
    }
    await sleep(BEHIND_MS, signal)
  }
}

function withoutPosition({ position: _, ...record }: ListedRecord): LedgerRecord {
  return record
}
