import { hex, toAddress, toBlockTag, toCall, toData, toHash, toQuantity, type BlockTag } from './decode.ts'
import type { DoubleChain } from './double-chain.ts'
import { RpcFailure, type Evm, type EvmBlock, type EvmReceipt, type EvmTransaction } from './evm.ts'
import { matchLogs, toLogFilter, type LogFilter } from './log-filter.ts'
import { NodeError } from './node-error.ts'
import { shapeBlock, shapeReceipt, shapeTransaction, type NodeLog } from './shapes.ts'

export interface Method {
  /** Fewest and most parameters. */
  readonly takes: readonly [number, number]
  run(...params: readonly unknown[]): unknown
}

/** pyethapp encodes the `False` of a failed call as if it were bytes. */
const FAILED_CALL = 'Value must be an instance of str or unicode'

/** The methods that the adapter and its users may call; the node has some more (mining, compilers, uncles, storage). */
export function createMethods(evm: Evm, chain: DoubleChain): Readonly<Record<string, Method>> {
  const filters = new Map<string, { readonly filter: LogFilter; readonly told: Set<string> }>()
  let filterNext = 0

  async function block(tag: BlockTag | string, full: unknown) {
    if (typeof full !== 'boolean') throw new NodeError('Parameter must be boolean')
    const found = typeof tag === 'string' && tag.startsWith('0x')
      ? await evm.ask<EvmBlock | null>('eth_getBlockByHash', tag, full)
      : await evm.ask<EvmBlock | null>('eth_getBlockByNumber', typeof tag === 'bigint' ? hex(tag) : tag, full)
    return found === null ? null : shapeBlock(found, tag === 'pending')
  }

  async function call(params: readonly unknown[]): Promise<string> {
    const request = await toRequest(params[0])
    await runBlock(params[1])
    if (BigInt(request.gas) > await chain.freeGas()) throw new NodeError(FAILED_CALL)
    try {
      return await evm.ask<string>('eth_call', request, tagOf(params[1], 'pending'))
    } catch (error) {
      if (error instanceof RpcFailure) throw new NodeError(FAILED_CALL)
      throw error
    }
  }

  /** What the call uses when it is run with its gas, which is all that a block has left: so all of it when it fails, and nothing when it does not fit. */
  async function estimate(params: readonly unknown[]): Promise<string> {
    const request = await toRequest(params[0])
    await runBlock(params[1])
    if (BigInt(request.gas) > await chain.freeGas()) return '0x0'
    const { gasUsed } = await evm.ask<{ readonly gasUsed: string }>('debug_traceCall', request, tagOf(params[1], 'pending'), { tracer: 'callTracer' })
    return gasUsed
  }

  /** For a call the node executes the block's transactions again, and asserts that each succeeds (pyethapp/jsonrpc.py, `call`). */
  async function runBlock(tag: unknown): Promise<void> {
    const block = await evm.ask<EvmBlock | null>('eth_getBlockByNumber', tagOf(tag, 'pending'), false)
    if (block?.transactions.some((hash) => chain.hasFailed(String(hash))) === true) throw new NodeError('')
  }

  async function toRequest(value: unknown) {
    const { to, data, from, gas } = toCall(value)
    return { ...(to === '0x' ? {} : { to }), data, ...(from === undefined ? {} : { from }), gas: hex(gas ?? await chain.freeGas()), gasPrice: '0x0' }
  }

  async function inBlock<T extends { readonly blockHash?: string | null }>(method: string, hash: string): Promise<T | null> {
    const found = await evm.ask<T | null>(method, hash)
    return found?.blockHash == null ? null : found
  }

  async function receipt(hash: string) {
    const found = await inBlock<EvmReceipt>('eth_getTransactionReceipt', hash)
    return found === null ? null : shapeReceipt(found, chain.createdBy(hash))
  }

  async function transaction(hash: string) {
    const found = await inBlock<EvmTransaction>('eth_getTransactionByHash', hash)
    return found === null ? null : shapeTransaction(found)
  }

  function knownFilter(id: unknown) {
    const found = filters.get(hex(toQuantity(id)))
    if (found === undefined) throw new NodeError('Unknown filter')
    return found
  }

  async function filterLogs(id: unknown, all: boolean): Promise<readonly NodeLog[]> {
    const { filter, told } = knownFilter(id)
    const logs = matchLogs(filter, chain.logs, await chain.height())
    const wanted = logs.filter((log) => all || !told.has(name(log)))
    for (const log of logs) told.add(name(log))
    return wanted
  }

  async function nonce(address: unknown, tag: unknown): Promise<bigint> {
    return await chain.nonce(toAddress(address), tagOf(tag, 'pending') === 'latest' ? 'latest' : 'pending')
  }

  return {
    web3_clientVersion: constant('HydraChain/0.3.2/linux2/py2.7.18'),
    net_version: constant('4'),
    net_peerCount: constant('0x0'),
    eth_protocolVersion: constant('61'),
    eth_gasPrice: constant('0x1'),
    eth_gasLimit: { takes: [0, 0], run: async () => (await evm.ask<EvmBlock>('eth_getBlockByNumber', 'latest', false)).gasLimit },
    eth_syncing: constant(false),
    eth_mining: constant(false),
    eth_accounts: constant([]),
    eth_blockNumber: { takes: [0, 0], run: async () => hex(await chain.height()) },
    eth_getBalance: { takes: [1, 2], run: (address, tag) => evm.ask('eth_getBalance', toAddress(address), tagOf(tag, 'latest')) },
    eth_getStorageAt: { takes: [2, 3], run: (address, index, tag) => evm.ask('eth_getStorageAt', toAddress(address), hex(toQuantity(index)), tagOf(tag, 'latest')) },
    eth_getCode: { takes: [1, 2], run: (address, tag) => evm.ask('eth_getCode', toAddress(address), tagOf(tag, 'latest')) },
    eth_getTransactionCount: { takes: [1, 2], run: async (address, tag) => hex(await nonce(address, tag) - 1_048_576n) },
    eth_nonce: { takes: [1, 2], run: async (address, tag) => hex(await nonce(address, tag)) },
    eth_getBlockByNumber: { takes: [2, 2], run: (tag, full) => block(toBlockTag(tag), full) },
    eth_getBlockByHash: { takes: [2, 2], run: (hash, full) => block(toHash(hash, 'Block'), full) },
    eth_getTransactionByHash: { takes: [1, 1], run: (hash) => transaction(toHash(hash, 'Transaction')) },
    eth_getTransactionReceipt: { takes: [1, 1], run: (hash) => receipt(toHash(hash, 'Transaction')) },
    eth_call: { takes: [1, 2], run: (...params) => call(params) },
    eth_estimateGas: { takes: [1, 2], run: (...params) => estimate(params) },
    eth_sendRawTransaction: { takes: [1, 1], run: (raw) => chain.add(toData(raw)) },
    eth_sendTransaction: { takes: [1, 1], run() { throw new NodeError('can not sign: no account for sender') } },
    eth_getLogs: {
      takes: [1, 1],
      async run(value) {
        const head = await chain.height()
        return matchLogs(toLogFilter(value, head), chain.logs, head)
      },
    },
    eth_newFilter: {
      takes: [1, 1],
      async run(value) {
        filters.set(hex(filterNext), { filter: toLogFilter(value, await chain.height()), told: new Set() })
        filterNext += 1
        return hex(filterNext - 1)
      },
    },
    eth_getFilterLogs: { takes: [1, 1], run: (id) => filterLogs(id, true) },
    eth_getFilterChanges: { takes: [1, 1], run: (id) => filterLogs(id, false) },
    eth_uninstallFilter: { takes: [1, 1], run: (id) => filters.delete(hex(toQuantity(id))) },
  }
}

function constant(value: unknown): Method {
  return { takes: [0, 0], run: () => value }
}

function tagOf(value: unknown, otherwise: 'latest' | 'pending'): string {
  const tag = value === undefined || value === null ? otherwise : toBlockTag(value)
  return typeof tag === 'bigint' ? hex(tag) : tag
}

function name(log: NodeLog): string {
  return `${log.transactionHash} ${log.logIndex}`
}
