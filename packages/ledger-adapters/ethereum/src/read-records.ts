import { LedgerError, type LedgerRecord, type ListQuery, type Page, type RecordId, type StreamName } from '@careledger/ledger-spec'
import type { Client } from './client.ts'
import { toIdTopic, toStreamTopic } from './contract/records-contract.ts'
import { effectiveOnly, firstOfEach, idTopics, placeLogs, type PlacedLog } from './place-logs.ts'
import { firstAfter } from './position.ts'
import { readKey, readStream, TOPICS_MAX } from './read-stream.ts'
import { collectLogs, type Head } from './rpc/chain.ts'
import type { ReadingPlace } from './sequence-index.ts'
import { toLedgerRecord, toListedRecord } from './to-ledger-record.ts'

/** Times that a look-up begins again because the chain was reorganised under it. */
const TRIES = 5

/** One `eth_getLogs` for the ids over the whole life of the contract, and one for the batches of what is found. */
export async function getRecords(client: Client, stream: StreamName, ids: readonly RecordId[], signal: AbortSignal): Promise<readonly (LedgerRecord | undefined)[]> {
  for (let turn = 0; turn < TRIES; turn += 1) {
    const head = await client.chain.head(signal)
    const logs = await collectLogs(client.chain, [toStreamTopic(stream), idTopics(ids)], { from: client.createdAt, to: head.latest }, signal)
    const placed = await placeLogs(client.chain, stream, [...firstOfEach(logs).values()], signal)
    if (placed === undefined) continue
    const found = new Map(placed.map((each) => [each.log.topics[1], toLedgerRecord(each, each.log.blockNumber <= head.final ? 'final' : 'pending')]))
    return ids.map((id) => copyOf(found.get(toIdTopic(id))))
  }
  throw new LedgerError('LEDGER_UNAVAILABLE', 'The chain is reorganised faster than it can be read')
}

/**
 * Final records from the one after `query.after`. Where to begin is known from the page before, or asked of the contract, which keeps
 * a mark each 64 appends: a page never searches the chain from its beginning.
 */
export async function listRecords(client: Client, stream: StreamName, { key, after, limit }: ListQuery, signal: AbortSignal): Promise<Page> {
  const next = firstAfter(after)
  const head = await client.chain.head(signal)
  const place = await placeOf(client, stream, key, next, head, signal)
  if (place.block > head.final) return { records: [] }
  const range = { from: place.block, to: head.final }
  const source = key === undefined ? readStream(client, stream, place.sequence, range, limit + 1, signal) : readKey(client, stream, key, range, limit + 1, signal)
  const step = Math.min(limit + 1, TOPICS_MAX)
  const found: PlacedLog[] = []
  let ending = place.sequence
  for await (const placed of source) {
    const later = placed.filter(({ sequence }) => sequence >= next)
    for (let from = 0; from < later.length && found.length <= limit; from += step) {
      found.push(...(await effectiveOnly(client.chain, client.createdAt, stream, later.slice(from, from + step), signal)))
    }
    ending = (placed.at(-1)?.sequence ?? ending - 1n) + 1n
    if (found.length > limit) break
  }
  const records = found.slice(0, limit).map(toListedRecord)
  const more = found[limit]
  const last = records.at(-1)
  client.index.set(stream, key, firstAfter(last?.position ?? after), more === undefined
    ? { block: head.final + 1n, sequence: ending }
    : { block: more.log.blockNumber, sequence: more.sequence })
  return more !== undefined && last !== undefined ? { records, next: last.position } : { records }
}

/** Behind the final blocks when the stream has no record `next` yet. */
async function placeOf(client: Client, stream: StreamName, key: string | undefined, next: bigint, { latest, final }: Head, signal: AbortSignal): Promise<ReadingPlace> {
  const known = client.index.get(stream, key, next)
  if (known !== undefined) return known
  const [block, size] = await client.chain.call('locate', [toStreamTopic(stream), next], latest, signal) as readonly [bigint, bigint]
  const place = { block: size <= next ? final + 1n : block, sequence: next }
  if (size <= next) client.index.set(stream, key, next, place)
  return place
}

function copyOf(record: LedgerRecord | undefined): LedgerRecord | undefined {
  return record?.data === undefined ? record : { ...record, data: record.data.slice() }
}
