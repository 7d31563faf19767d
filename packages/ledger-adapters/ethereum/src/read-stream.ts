import { LedgerError } from '@careledger/ledger-spec'
import type { Client } from './client.ts'
import { BATCH_TOPIC, toStreamTopic, toTagTopic } from './contract/records-contract.ts'
import { placeAmong, placeLogs, toPlacedBatch, type PlacedBatch, type PlacedLog } from './place-logs.ts'
import { collectLogs, inChainOrder } from './rpc/chain.ts'
import type { ChainLog } from './rpc/schemas.ts'

interface Range {
  readonly from: bigint
  readonly to: bigint
}

/** Most ids in one filter: geth refuses more (eth/filters/api.go, maxSubTopics). */
export const TOPICS_MAX = 1_000

/**
 * The records of a stream in final blocks, from the append with number `next`. Batch logs are read first, so that no more than
 * `wanted` records and the rest of two appends are asked for at once. LEDGER_CORRUPTION: a number is missing, so the node has lost logs.
 */
export async function* readStream({ chain }: Client, stream: string, next: bigint, range: Range, wanted: number, signal: AbortSignal): AsyncGenerator<readonly PlacedLog[]> {
  let expected = next
  for await (const piece of chain.logs([toStreamTopic(stream), [BATCH_TOPIC]], range, signal)) {
    const batches = piece.logs.map(toPlacedBatch).filter(({ batch }) => batch.first + batch.count > next)
    for (const group of inGroups(batches, wanted)) {
      const from = group[0]?.log.blockNumber ?? range.from
      const to = group.at(-1)?.log.blockNumber ?? range.to
      const logs = (await collectLogs(chain, [toStreamTopic(stream)], { from, to }, signal)).filter(isRecord)
      const placed = placeAmong(inside(logs, group), group)
      if (placed === undefined) throw missing(stream, expected)
      for (const { sequence } of placed) {
        if (sequence < expected) continue
        if (sequence !== expected) throw missing(stream, expected)
        expected += 1n
      }
      const last = group.at(-1)?.batch
      if (last !== undefined && expected !== last.first + last.count) throw missing(stream, expected)
      yield placed
    }
  }
}

/** The records with a key in final blocks, `wanted` at a time. */
export async function* readKey({ chain, createdAt, profile }: Client, stream: string, key: string, range: Range, wanted: number, signal: AbortSignal): AsyncGenerator<readonly PlacedLog[]> {
  const topics = profile.build.tagged ? [toTagTopic(stream, key)] : [toStreamTopic(stream), null, `0x${key}`]
  const size = Math.min(wanted, TOPICS_MAX)
  for await (const piece of chain.logs(topics, range, signal)) {
    for (let from = 0; from < piece.logs.length; from += size) {
      const hits = piece.logs.slice(from, from + size)
      const logs = profile.build.tagged ? await taggedRecords(hits) : hits
      const placed = await placeLogs(chain, stream, logs.filter((log) => log.topics.length === 4 && log.topics[2] === `0x${key}`), signal)
      if (placed === undefined) throw missing(stream, 0n)
      yield placed
    }
  }

  /** Records that tags name: those of the same transactions. */
  async function taggedRecords(tags: readonly ChainLog[]): Promise<readonly ChainLog[]> {
    const transactions = new Set(tags.map((tag) => tag.transactionHash))
    const blocks = { from: tags[0]?.blockNumber ?? createdAt, to: tags.at(-1)?.blockNumber ?? createdAt }
    const logs = await collectLogs(chain, [toStreamTopic(stream), [...new Set(tags.map((tag) => tag.topics[1] ?? ''))]], blocks, signal)
    return logs.filter((log) => transactions.has(log.transactionHash))
  }
}

/** Runs of batches with about `wanted` records each. */
function* inGroups(batches: readonly PlacedBatch[], wanted: number): Generator<readonly PlacedBatch[]> {
  let group: PlacedBatch[] = []
  let records = 0n
  for (const each of batches) {
    group.push(each)
    records += each.batch.count
    if (records < BigInt(wanted)) continue
    yield group
    group = []
    records = 0n
  }
  if (group.length > 0) yield group
}

/** Logs from the first batch of the group on to the end of its last: a block may hold others. */
function inside(logs: readonly ChainLog[], group: readonly PlacedBatch[]): readonly ChainLog[] {
  const first = group[0]
  const last = group.at(-1)
  if (first === undefined || last === undefined) return []
  const end = { ...last.log, logIndex: last.log.logIndex + last.batch.count }
  return logs.filter((log) => inChainOrder(log, first.log) > 0 && inChainOrder(log, end) <= 0)
}

function isRecord({ topics }: ChainLog): boolean {
  return topics.length >= 3
}

function missing(stream: string, sequence: bigint): LedgerError {
  return new LedgerError('LEDGER_CORRUPTION', 'The node lacks logs of final blocks', { details: { stream, sequence: String(sequence) } })
}
