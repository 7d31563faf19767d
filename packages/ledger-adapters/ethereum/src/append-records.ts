import type { Sent } from '@careledger/ledger-kit'
import { LedgerError, type NewRecord, type StreamName } from '@careledger/ledger-spec'
import type { Client } from './client.ts'
import { BATCH_TOPIC, decodeBatch, encodeAppend, toStreamTopic } from './contract/records-contract.ts'
import { CallFailure } from './rpc/rpc-error.ts'
import type { ChainReceipt } from './rpc/schemas.ts'
import { sendTransaction } from './send-transaction.ts'
import { revertOf } from './to-ledger-error.ts'

/** The stream's size in the newest block. What is read after it is read at or behind that block. */
export async function readMark(client: Client, stream: StreamName, signal: AbortSignal): Promise<bigint> {
  const { latest } = await client.chain.head(signal)
  const [size] = await client.chain.call('sizeOf', [toStreamTopic(stream)], latest, signal)
  client.chain.atLeast(latest)
  return size as bigint
}

/**
 * One transaction with all of `records`, which the contract takes only while the stream has `size` records. The call is tried at the
 * node before it is sent, so that what would fail costs nothing. LEDGER_UNAUTHORISED: no signer, or no right. LEDGER_REJECTED: the
 * contract or the chain refused for another reason. LEDGER_OUTCOME_UNKNOWN: in no block after `acceptWithinMs`.
 */
export async function appendRecords(client: Client, stream: StreamName, records: readonly NewRecord[], size: bigint, signal: AbortSignal): Promise<Sent> {
  const data = encodeAppend(client.profile.build, stream, size, records)
  const sent = await sendTransaction(client, data, signal).catch((error: unknown) => {
    if (revertOf(error)?.name === 'Moved') return undefined
    if (error instanceof CallFailure) return error
    throw error
  })
  if (sent === undefined) return { outcome: 'moved' }
  if (sent instanceof CallFailure) return await refused(client, undefined, stream, size, signal)
  const { receipt, succeeded } = sent
  if (!succeeded || !holdsBatch(client, receipt, stream, size, records.length)) return await refused(client, receipt, stream, size, signal)
  client.chain.atLeast(receipt.blockNumber)
  const { final } = await client.chain.head(signal).catch(() => ({ final: -1n }))
  return {
    outcome: 'accepted',
    state: receipt.blockNumber <= final ? 'final' : 'pending',
    raw: { transaction: receipt.transactionHash, block: String(receipt.blockNumber), blockHash: receipt.blockHash, gasUsed: String(receipt.gasUsed), cost: String(receipt.gasUsed), costUnit: 'gas' },
  }
}

/** Whether the transaction did what was asked: nodes from before Byzantium do not say, and a log cannot be there without. */
function holdsBatch({ settings }: Client, receipt: ChainReceipt, stream: StreamName, size: bigint, count: number): boolean {
  return receipt.logs.some(({ address, topics, data }) => {
    if (address !== settings.contract.toLowerCase() || topics[0] !== toStreamTopic(stream) || topics[1] !== BATCH_TOPIC) return false
    const batch = decodeBatch(data)
    return batch.first === size && batch.count === BigInt(count)
  })
}

/** A transaction in a block that did nothing, or one that was not sent because it would do nothing: another append came first, or the right was taken. */
async function refused(client: Client, receipt: ChainReceipt | undefined, stream: StreamName, size: bigint, signal: AbortSignal): Promise<Sent> {
  if (receipt !== undefined) client.chain.atLeast(receipt.blockNumber)
  if ((await readMark(client, stream, signal)) !== size) return { outcome: 'moved' }
  const { latest } = await client.chain.head(signal)
  const [writers] = await client.chain.call('writers', [toStreamTopic(stream)], latest, signal) as readonly [readonly string[]]
  if (!writers.includes(client.account?.address ?? '')) throw new LedgerError('LEDGER_UNAUTHORISED', 'The account may not write this stream', { details: { stream } })
  throw receipt === undefined
    ? new LedgerError('LEDGER_REJECTED', 'The contract would refuse the append', { details: { stream } })
    : new LedgerError('LEDGER_REJECTED', 'The transaction is in a block and failed', { details: { stream, transaction: receipt.transactionHash, gasUsed: String(receipt.gasUsed) } })
}
