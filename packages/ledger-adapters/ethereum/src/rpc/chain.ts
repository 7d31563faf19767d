import { LedgerError } from '@careledger/ledger-spec'
import { z } from 'zod'
import type { ContractView } from '../contract/records-contract.ts'
import type { ChainProfile } from '../profile.ts'
import type { CheckedSettings } from '../settings.ts'
import type { Rpc } from './create-rpc.ts'
import { RpcError, TransportError } from './rpc-error.ts'
import { blockSchema, logSchema, type ChainBlock, type ChainLog } from './schemas.ts'

/** How far the chain is. Records in blocks up to `final` are final. */
export interface Head {
  readonly latest: bigint
  readonly final: bigint
}

export type Topics = readonly (string | readonly string[] | null)[]

/** The contract's chain as one node shows it now. Every read first takes a `head` and reads up to it. */
export interface Chain {
  /** LEDGER_UNAVAILABLE: the node is behind what this object has seen. LEDGER_CORRUPTION, from then on: a final block was replaced. */
  head(signal?: AbortSignal): Promise<Head>
  /** The newest block, checked as by `head`. */
  newest(signal?: AbortSignal): Promise<ChainBlock>
  /** The contract's logs in blocks `from` to `to`, inclusive, piece by piece in chain order; `to` of a piece is where it ends. */
  logs(topics: Topics, range: { readonly from: bigint; readonly to: bigint }, signal?: AbortSignal): AsyncGenerator<{ readonly logs: readonly ChainLog[]; readonly to: bigint }>
  /** Result of one of the contract's functions in the state of block `at`. */
  call(name: ContractView, values: readonly unknown[], at: bigint, signal?: AbortSignal): Promise<readonly unknown[]>
  /** From now on a node that has not come to `height` is behind. */
  atLeast(height: bigint): void
}

/** -39001 of go-ethereum (eth/api_backend.go): no block has that tag yet. */
const TAG_UNKNOWN = -39001

export function createChain(rpc: Rpc, settings: CheckedSettings, profile: ChainProfile): Chain {
  const { contract, finality } = settings
  let seen = 0n
  let lastFinal: { readonly number: bigint; readonly hash: string } | undefined
  let corruption: LedgerError | undefined
  let span = BigInt(settings.logBlocksMax)

  async function newest(signal?: AbortSignal): Promise<ChainBlock> {
    if (corruption !== undefined) throw corruption
    // As it stood when the node was asked: an answer that comes after a later one's is not behind.
    const [known, floor] = [lastFinal, seen]
    const [latest, again] = (await rpc.batch([blockCall('latest'), ...(known === undefined ? [] : [blockCall(toHex(known.number))])], signal)).map(parseBlock)
    if (latest === undefined || latest.number < floor) throw behind(latest?.number)
    if (known !== undefined && again?.hash !== known.hash) throw (corruption = replaced(known.number))
    return latest
  }

  async function head(signal?: AbortSignal): Promise<Head> {
    const latest = await newest(signal)
    const final = await finalBlock(latest, signal)
    if (final !== undefined && final.number > (lastFinal?.number ?? -1n)) {
      lastFinal = { number: final.number, hash: final.hash }
      if (final.number > seen) seen = final.number
    }
    return { latest: latest.number, final: lastFinal?.number ?? -1n }
  }

  /** `undefined` while nothing is final. The block itself is only read when it is news. */
  async function finalBlock(latest: ChainBlock, signal: AbortSignal | undefined): Promise<ChainBlock | undefined> {
    if ('tag' in finality) return await taggedBlock(finality.tag, signal)
    const number = latest.number - BigInt(finality.confirmationsMin - 1)
    if (number === latest.number) return latest
    if (number < 0n || number <= (lastFinal?.number ?? -1n)) return undefined
    return parseBlock(await rpc.call('eth_getBlockByNumber', [toHex(number), false], signal))
  }

  async function taggedBlock(tag: string, signal: AbortSignal | undefined): Promise<ChainBlock | undefined> {
    try {
      return parseBlock(await rpc.call('eth_getBlockByNumber', [tag, false], signal))
    } catch (error) {
      if (error instanceof RpcError && error.code === TAG_UNKNOWN) return undefined
      throw error
    }
  }

  async function* logs(topics: Topics, range: { readonly from: bigint; readonly to: bigint }, signal?: AbortSignal): AsyncGenerator<{ readonly logs: readonly ChainLog[]; readonly to: bigint }> {
    for (let from = range.from; from <= range.to;) {
      const to = from + span - 1n < range.to ? from + span - 1n : range.to
      const found = await logsOrLess(topics, from, to, signal)
      if (found === undefined) continue
      yield { logs: found, to }
      from = to + 1n
      if (span < BigInt(settings.logBlocksMax)) span *= 2n
    }
  }

  /** `undefined`: the node refused the range, and the next is half as long. The last block is asked for too: a node that lacks it would leave logs out. */
  async function logsOrLess(topics: Topics, from: bigint, to: bigint, signal: AbortSignal | undefined): Promise<readonly ChainLog[] | undefined> {
    try {
      const filter = { address: contract, topics, fromBlock: toHex(from), toBlock: toHex(to) }
      const [last, found] = await rpc.batch([blockCall(toHex(to)), { method: 'eth_getLogs', params: [filter] }], signal)
      if (parseBlock(last) === undefined) throw behind(undefined)
      return z.array(logSchema).parse(found).sort(inChainOrder)
    } catch (error) {
      const smaller = to > from ? (to - from + 1n) / 2n : undefined
      if (smaller === undefined || !(error instanceof RpcError || error instanceof TransportError)) throw error
      if (smaller < span) span = smaller
      if (error instanceof TransportError) throw error
      return undefined
    }
  }

  return {
    head,
    newest,
    logs,
    call: (name, values, at, signal) => profile.readContract(rpc, contract, name, values, toHex(at), signal),
    atLeast(height) {
      if (height > seen) seen = height
    },
  }
}

/** All logs of a range at once: for filters that find few. */
export async function collectLogs(chain: Chain, topics: Topics, range: { readonly from: bigint; readonly to: bigint }, signal?: AbortSignal): Promise<readonly ChainLog[]> {
  const all: ChainLog[] = []
  for await (const { logs } of chain.logs(topics, range, signal)) all.push(...logs)
  return all
}

/** A quantity as JSON-RPC has it. */
export function toHex(value: bigint): string {
  return `0x${value.toString(16)}`
}

function blockCall(block: string): { readonly method: string; readonly params: readonly unknown[] } {
  return { method: 'eth_getBlockByNumber', params: [block, false] }
}

function parseBlock(answer: unknown): ChainBlock | undefined {
  return answer == null ? undefined : blockSchema.parse(answer)
}

/** Below 0 when `a` stands before `b`. Some nodes count logs in the transaction, not in the block. */
export function inChainOrder(a: ChainLog, b: ChainLog): number {
  return Number(a.blockNumber - b.blockNumber) || Number(a.transactionIndex - b.transactionIndex) || Number(a.logIndex - b.logIndex)
}

function behind(height: bigint | undefined): LedgerError {
  return new LedgerError('LEDGER_UNAVAILABLE', 'The node is behind what was seen of this chain before', { details: height === undefined ? {} : { height: Number(height) } })
}

function replaced(height: bigint): LedgerError {
  return new LedgerError('LEDGER_CORRUPTION', 'A block that counted as final was replaced by another', { details: { height: Number(height) } })
}
