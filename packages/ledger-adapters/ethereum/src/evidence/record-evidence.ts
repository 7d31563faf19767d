import type { Evidence, RecordId, StreamName } from '@careledger/ledger-spec'
import { encodeRlp, getBytes, toBeArray } from 'ethers'
import { z } from 'zod'
import type { Client } from '../client.ts'
import { toIdTopic, toStreamTopic } from '../contract/records-contract.ts'
import { collectLogs } from '../rpc/chain.ts'
import { toEncodedReceipts, toHeader } from './block-parts.ts'
import { createIndexTrie } from './receipt-trie.ts'

/** Name of the form that docs/ledger-evidence.md describes. */
export const EVIDENCE_FORMAT = 'ethereum-receipt/1'

/**
 * RLP of `[header, index of the transaction, [trie nodes], index of the record's log in its receipt]`. `undefined` for a record that is
 * not final, and on a chain whose headers have another form.
 */
export function createEvidence(client: Client, signal: AbortSignal): Evidence {
  return {
    async evidence(stream: StreamName, id: RecordId) {
      const { final } = await client.chain.head(signal)
      if (final < client.createdAt) return undefined
      const [log] = await collectLogs(client.chain, [toStreamTopic(stream), toIdTopic(id)], { from: client.createdAt, to: final }, signal)
      if (log === undefined) return undefined
      const [block, receipts] = await client.rpc.batch([
        { method: 'eth_getBlockByHash', params: [log.blockHash, false] },
        { method: 'eth_getBlockReceipts', params: [log.blockHash] },
      ], signal)
      const header = toHeader(block, log.blockHash)
      const encoded = toEncodedReceipts(receipts)
      const trie = createIndexTrie(encoded)
      if (header === undefined || trie.root !== header.receiptsRoot) return undefined
      const index = Number(log.transactionIndex)
      const place = log.logIndex - firstLogOf(receipts, index)
      return { format: EVIDENCE_FORMAT, bytes: getBytes(encodeRlp([header.encoded, toBeArray(index), [...trie.path(index)], toBeArray(place)])) }
    },
  }
}

/** Logs are numbered through the block. */
function firstLogOf(receipts: unknown, index: number): bigint {
  return BigInt(z.array(z.object({ logs: z.array(z.unknown()) })).parse(receipts).slice(0, index).reduce((sum, { logs }) => sum + logs.length, 0))
}
