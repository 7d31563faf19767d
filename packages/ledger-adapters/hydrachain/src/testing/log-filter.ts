import { id as keccak } from 'ethers'
import { toAddress, toData, toObject, toQuantity } from './decode.ts'
import { NodeError } from './node-error.ts'
import type { NodeLog } from './shapes.ts'

export interface LogFilter {
  readonly from: bigint | 'newest'
  readonly to: bigint | 'newest'
  readonly addresses: readonly string[] | undefined
  readonly topics: readonly (string | null | readonly string[])[] | undefined
}

/** pyethapp 1.5.0, `filter_decoder`: an unknown member such as `blockHash` is not looked at. */
export function toLogFilter(value: unknown, head: bigint): LogFilter {
  const filter = toObject(value, 'Filter')
  const { address, topics } = filter
  const from = toBound(filter['fromBlock'], 'fromBlock')
  const to = toBound(filter['toBlock'], 'toBlock')
  if (at(from, head) > at(to, head)) throw new NodeError('fromBlock must not be newer than toBlock', -32_602)
  return {
    from,
    to,
    addresses: address == null ? undefined : Array.isArray(address) ? address.map(toAddress) : [toAddress(address)],
    topics: Array.isArray(topics) ? topics.map((topic: unknown) => (Array.isArray(topic) ? topic.map(toData) : topic === null ? null : toData(topic))) : undefined,
  }
}

/**
 * The logs that match, in no order: the node keeps them in a table by hash. `null` and empty choices break the node's Bloom
 * filter, which is asked for every block but the newest of the range where the address has logs (pyethapp, `LogFilter.check`).
 */
export function matchLogs(filter: LogFilter, logs: readonly NodeLog[], head: bigint): readonly NodeLog[] {
  const from = at(filter.from, head)
  const to = at(filter.to, head)
  const candidates = logs.filter((log) => BigInt(log.blockNumber) >= from && BigInt(log.blockNumber) <= to
    && (filter.addresses === undefined || filter.addresses.includes(log.address)))
  const choices = filter.topics?.some((topic) => Array.isArray(topic) && topic.length > 0) === true
  const breaks = filter.topics?.some((topic) => topic === null || (!choices && topic.length === 0)) === true
  if (breaks && candidates.some((log) => BigInt(log.blockNumber) < to)) throw new NodeError('Can only serialize integers')
  return candidates.filter((log) => matchTopics(filter.topics, log.topics)).toSorted((a, b) => (disorder(a) < disorder(b) ? -1 : 1))
}

function matchTopics(asked: LogFilter['topics'], topics: readonly string[]): boolean {
  if (asked === undefined) return true
  if (topics.length < asked.length) return false
  return asked.every((topic, index) => topic === null || (typeof topic === 'string' ? topic === topics[index] : topic.includes(topics[index] ?? '')))
}

function disorder(log: NodeLog): string {
  return keccak(`${log.transactionHash}${log.logIndex}`)
}

function toBound(value: unknown, name: string): bigint | 'newest' {
  if (value == null || value === 'latest' || value === 'pending') return 'newest'
  if (value === 'earliest') return 0n
  try {
    return toQuantity(value)
  } catch {
    throw new NodeError(`${name} must be block number, "earliest", "latest" or pending`, -32_602)
  }
}

function at(bound: bigint | 'newest', head: bigint): bigint {
  return bound === 'newest' ? head : bound
}
