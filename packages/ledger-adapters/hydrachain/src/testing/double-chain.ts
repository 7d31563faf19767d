import { getCreateAddress, Transaction } from 'ethers'
import { hex } from './decode.ts'
import type { Evm, EvmBlock, EvmReceipt } from './evm.ts'
import { NodeError } from './node-error.ts'
import { GENESIS_GAS_LIMIT, shapeLogs, type NodeLog } from './shapes.ts'

const NONCE_FIRST = 1_048_576n
const BLOCKS_AT_START = 10
/** How many transactions the node remembers to have passed on (hydrachain/hdc_service.py, `DuplicatesFilter`). */
const KNOWN_MAX = 1_024

export interface DoubleChain {
  /** Every log in a block, oldest first. */
  readonly logs: readonly NodeLog[]
  /** Address that a transaction has created, if it is a creation. */
  createdBy(hash: string): string | null
  /** Whether a transaction, pending or in a block, has burnt its gas for nothing. */
  hasFailed(hash: string): boolean
  /** The hash; whether the transaction will be in a block the node does not say. */
  add(raw: string): Promise<string>
  nonce(address: string, tag: 'latest' | 'pending'): Promise<bigint>
  /** What the pending block has left. */
  freeGas(): Promise<bigint>
  height(): Promise<bigint>
  /** Makes a block of what is pending, now. */
  makeBlock(): Promise<void>
  /** The next valid transactions are remembered as passed on and come into no block: what a stalled round of consensus does. */
  lose(count: number): void
  /** No blocks while it is on. */
  stall(on: boolean): void
  /** What a restart does: forgets what is pending and what was passed on. */
  forget(): Promise<void>
  stop(): void
}

/**
 * The chain of one validator: a transaction is checked against the newest state and the transactions before it and dropped without a word
 * when it does not fit (hydrachain/hdc_service.py, `add_transaction`; ethereum/processblock.py 1.6.1, `validate_transaction`). The
 * first one waits `blockTimeMs` for others, then a block is made, and it is final.
 */
export async function createDoubleChain(evm: Evm, { blockTimeMs }: { readonly blockTimeMs: number }): Promise<DoubleChain> {
  const logs: NodeLog[] = []
  const created = new Map<string, string>()
  const failed = new Set<string>()
  const seen = new Set<string>()
  const known: string[] = []
  const pending = new Map<string, { readonly nonce: bigint }[]>()
  let timer: NodeJS.Timeout | undefined
  let losing = 0
  let stalled = false
  let stopped = false
  let turn: Promise<unknown> = Promise.resolve()

  /** The node does one thing at a time. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch(() => undefined)
    return result
  }

  await evm.ask('evm_setNextBlockTimestamp', Math.floor(Date.now() / 1_000))
  for (let block = 0; block < BLOCKS_AT_START; block += 1) await evm.ask('evm_mine')

  async function nonce(address: string, tag: 'latest' | 'pending'): Promise<bigint> {
    if (!seen.has(address)) {
      const count = BigInt(await evm.ask<string>('eth_getTransactionCount', address, 'latest'))
      if (count < NONCE_FIRST) await evm.ask('anvil_setNonce', address, hex(NONCE_FIRST))
      seen.add(address)
    }
    const mined = BigInt(await evm.ask<string>('eth_getTransactionCount', address, 'latest'))
    return tag === 'latest' ? mined : mined + BigInt(pending.get(address)?.length ?? 0)
  }

  async function add(raw: string): Promise<string> {
    const transaction = decode(raw)
    const hash = transaction.hash ?? ''
    const from = (transaction.from ?? '').toLowerCase()
    if (known.includes(hash) || !(await fits(transaction, from))) return hash
    known.push(hash)
    if (known.length > KNOWN_MAX) known.shift()
    if (losing > 0) {
      losing -= 1
      return hash
    }
    if (await fails(transaction, from)) failed.add(hash)
    await evm.ask('eth_sendRawTransaction', raw)
    pending.set(from, [...(pending.get(from) ?? []), { nonce: BigInt(transaction.nonce) }])
    if (transaction.to === null) created.set(hash, getCreateAddress({ from, nonce: transaction.nonce }).toLowerCase())
    soon()
    return hash
  }

  async function fits(transaction: Transaction, from: string): Promise<boolean> {
    if (BigInt(transaction.nonce) !== await nonce(from, 'pending')) return false
    const balance = BigInt(await evm.ask<string>('eth_getBalance', from, 'pending'))
    if (balance < transaction.value + (transaction.gasPrice ?? 0n) * transaction.gasLimit) return false
    return transaction.gasLimit <= await freeGas()
  }

  async function fails({ to, data, gasLimit, value }: Transaction, from: string): Promise<boolean> {
    const request = { from, ...(to === null ? {} : { to }), data, gas: hex(gasLimit), value: hex(value), gasPrice: '0x0' }
    return (await evm.ask<{ readonly error?: string }>('debug_traceCall', request, 'pending', { tracer: 'callTracer' })).error !== undefined
  }

  async function freeGas(): Promise<bigint> {
    const { gasLimit, gasUsed } = await evm.ask<EvmBlock>('eth_getBlockByNumber', 'pending', false)
    return BigInt(gasLimit) - BigInt(gasUsed)
  }

  function soon(): void {
    if (stalled || stopped || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      inTurn(mine).catch(() => undefined)
    }, blockTimeMs)
  }

  async function mine(): Promise<void> {
    if (stopped || stalled || pending.size === 0) return
    await evm.ask('evm_mine')
    pending.clear()
    const { gasLimit, gasUsed } = await evm.ask<EvmBlock>('eth_getBlockByNumber', 'latest', false)
    await evm.ask('evm_setBlockGasLimit', hex(nextGasLimit(BigInt(gasLimit), BigInt(gasUsed))))
    for (const receipt of await evm.ask<readonly EvmReceipt[]>('eth_getBlockReceipts', 'latest')) logs.push(...shapeLogs(receipt))
  }

  async function forget(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    await evm.ask('anvil_dropAllTransactions')
    pending.clear()
    known.length = 0
  }

  return {
    logs,
    createdBy: (hash) => created.get(hash) ?? null,
    hasFailed: (hash) => failed.has(hash),
    add: (raw) => inTurn(() => add(raw)),
    nonce: (address, tag) => inTurn(() => nonce(address, tag)),
    freeGas: () => inTurn(freeGas),
    height: async () => BigInt(await evm.ask<string>('eth_blockNumber')),
    makeBlock: () => inTurn(mine),
    lose(count) { losing = count },
    stall(on) {
      stalled = on
      if (!on && pending.size > 0) soon()
    },
    forget: () => inTurn(forget),
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** Follows what blocks use (ethereum 1.6.1, blocks.py, `calc_gaslimit`). */
function nextGasLimit(limit: bigint, used: bigint): bigint {
  const decay = limit / 1_024n
  const next = limit - decay + (used * 3n) / 2n / 1_024n
  if (next >= GENESIS_GAS_LIMIT) return next
  return limit + decay < GENESIS_GAS_LIMIT ? limit + decay : GENESIS_GAS_LIMIT
}

/** Type 0 without EIP-155 only; everything else is not a transaction to this node. */
function decode(raw: string): Transaction {
  const bytes = (raw.length - 2) / 2
  if (BigInt(raw.slice(0, 4)) < 0x80n) throw new NodeError(`RLP string ends with ${bytes - 1} superfluous bytes`)
  const transaction = Transaction.from(raw)
  const { signature } = transaction
  if (signature === null || transaction.chainId !== 0n) throw new NodeError('Invalid signature values!')
  if (transaction.gasLimit < intrinsicGas(transaction.data)) throw new NodeError('Startgas too low')
  return transaction
}

/** Frontier: nothing extra for a creation. */
function intrinsicGas(data: string): bigint {
  let gas = 21_000n
  for (let at = 2; at < data.length; at += 2) gas += data.slice(at, at + 2) === '00' ? 4n : 68n
  return gas
}
