import type { EvmBlock, EvmReceipt, EvmTransaction } from './evm.ts'
import { hex } from './decode.ts'

/** Answers with the members that HydraChain 0.3.2 gives, and no others. */

const VALIDATOR = '0x8ed66d0dd4b88fb097a3a3c8c10175b8cadb1c66'
const NO_UNCLES = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
const GENESIS_NONCE = '0x00006d6f7264656e'
const DIFFICULTY = 0x20000n

/** What the first blocks take. */
export const GENESIS_GAS_LIMIT = 3_141_592n

export interface NodeLog {
  readonly logIndex: string
  readonly transactionIndex: string
  readonly transactionHash: string
  readonly blockHash: string
  readonly blockNumber: string
  readonly address: string
  readonly data: string
  readonly topics: readonly string[]
  readonly type: 'mined'
}

export function shapeBlock(block: EvmBlock, pending: boolean) {
  const isGenesis = block.number === '0x0'
  return {
    number: pending ? null : block.number,
    hash: pending ? null : block.hash,
    parentHash: block.parentHash,
    nonce: pending ? null : isGenesis ? GENESIS_NONCE : '0x',
    sha3Uncles: NO_UNCLES,
    logsBloom: pending ? null : block.logsBloom,
    transactionsRoot: block.transactionsRoot,
    // anvil has none for a pending block.
    stateRoot: pending ? block.transactionsRoot : block.stateRoot,
    miner: pending ? null : isGenesis ? `0x${'00'.repeat(20)}` : VALIDATOR,
    difficulty: hex(DIFFICULTY),
    extraData: '0x',
    gasLimit: block.gasLimit,
    gasUsed: block.gasUsed,
    timestamp: block.timestamp,
    totalDifficulty: hex(DIFFICULTY * (BigInt(block.number) + 1n)),
    size: block.size,
    uncles: [],
    transactions: block.transactions.map((transaction) => (typeof transaction === 'string' ? transaction : shapeTransaction(transaction))),
  }
}

/** `to` of a creation is empty, not null; no signature, type or chain id. */
export function shapeTransaction(transaction: EvmTransaction) {
  const { hash, nonce, blockHash, blockNumber, transactionIndex, from, to, value, gasPrice, gas, input } = transaction
  return { hash, nonce, blockHash, blockNumber, transactionIndex, from, to: to ?? '0x', value, gasPrice, gas, input }
}

/** No status, no root: a failed transaction has no logs and has used all its gas. `contractAddress` even where the creation failed. */
export function shapeReceipt(receipt: EvmReceipt, creates: string | null) {
  const { transactionHash, transactionIndex, blockHash, blockNumber, cumulativeGasUsed, gasUsed } = receipt
  return { transactionHash, transactionIndex, blockHash, blockNumber, cumulativeGasUsed, contractAddress: creates, gasUsed, logs: shapeLogs(receipt) }
}

/** `logIndex` counts within the transaction. */
export function shapeLogs({ transactionHash, transactionIndex, blockHash, blockNumber, logs }: EvmReceipt): readonly NodeLog[] {
  return logs.map(({ address, data, topics }, index) => ({
    logIndex: hex(index), transactionIndex, transactionHash, blockHash, blockNumber, address: address.toLowerCase(), data, topics, type: 'mined',
  }))
}
