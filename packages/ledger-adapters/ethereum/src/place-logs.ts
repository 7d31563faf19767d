import { BATCH_TOPIC, decodeBatch, toIdTopic, toStreamTopic, type Batch } from './contract/records-contract.ts'
import { collectLogs, inChainOrder, type Chain } from './rpc/chain.ts'
import type { ChainLog } from './rpc/schemas.ts'

/** A record's log, and where it stands. */
export interface PlacedLog {
  readonly log: ChainLog
  readonly batch: Batch
  readonly sequence: bigint
}

export interface PlacedBatch {
  readonly log: ChainLog
  readonly batch: Batch
}

/** Batch logs this many blocks apart are asked for together. */
const NEAR_BLOCKS = 64n

export function toPlacedBatch(log: ChainLog): PlacedBatch {
  return { log, batch: decodeBatch(log.data) }
}

/**
 * Records' logs of one stream, in chain order, each with its batch: the nearest batch log before it in its transaction. `undefined` when
 * one has none: the chain was reorganised while it was read, and everything has to be read again.
 */
export async function placeLogs(chain: Chain, stream: string, logs: readonly ChainLog[], signal?: AbortSignal): Promise<readonly PlacedLog[] | undefined> {
  const batches: PlacedBatch[] = []
  for (const range of nearRanges(logs)) {
    batches.push(...(await collectLogs(chain, [toStreamTopic(stream), [BATCH_TOPIC]], range, signal)).map(toPlacedBatch))
  }
  return placeAmong(logs, batches)
}

/** The same, among batches that were read already. */
export function placeAmong(logs: readonly ChainLog[], batches: readonly PlacedBatch[]): readonly PlacedLog[] | undefined {
  const placed: PlacedLog[] = []
  let index = -1
  for (const log of logs) {
    for (let next = batches[index + 1]; next !== undefined && inChainOrder(next.log, log) < 0; next = batches[index + 1]) index += 1
    const near = batches[index]
    if (near === undefined || near.log.blockHash !== log.blockHash || near.log.transactionHash !== log.transactionHash) return undefined
    const place = log.logIndex - near.log.logIndex - 1n
    if (place >= near.batch.count) return undefined
    placed.push({ log, batch: near.batch, sequence: near.batch.first + place })
  }
  return placed
}

/** Those whose id no earlier record of the stream has (effective-1). */
export async function effectiveOnly(chain: Chain, createdAt: bigint, stream: string, placed: readonly PlacedLog[], signal?: AbortSignal): Promise<readonly PlacedLog[]> {
  const last = placed.at(-1)
  if (last === undefined) return []
  const ids = [...new Set(placed.map(({ log }) => log.topics[1] ?? ''))]
  const first = firstOfEach(await collectLogs(chain, [toStreamTopic(stream), ids], { from: createdAt, to: last.log.blockNumber }, signal))
  return placed.filter(({ log }) => {
    const found = first.get(log.topics[1] ?? '')
    return found !== undefined && inChainOrder(found, log) === 0
  })
}

/** The first log for each second topic, of logs in chain order. */
export function firstOfEach(logs: readonly ChainLog[]): ReadonlyMap<string, ChainLog> {
  const first = new Map<string, ChainLog>()
  for (const log of logs) if (!first.has(log.topics[1] ?? '')) first.set(log.topics[1] ?? '', log)
  return first
}

export function idTopics(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].map(toIdTopic)
}

function nearRanges(logs: readonly ChainLog[]): readonly { readonly from: bigint; readonly to: bigint }[] {
  const ranges: { from: bigint; to: bigint }[] = []
  for (const { blockNumber } of logs) {
    const last = ranges.at(-1)
    if (last !== undefined && blockNumber - last.to <= NEAR_BLOCKS) last.to = blockNumber
    else ranges.push({ from: blockNumber, to: blockNumber })
  }
  return ranges
}
