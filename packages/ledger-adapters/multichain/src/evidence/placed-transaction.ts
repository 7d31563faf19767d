import { z } from 'zod'
import { readAs, text } from '../answers.ts'
import type { Client } from '../client.ts'
import { compactSize, counted, doubleSha256, encodeHeader, fromShownHash, toShownHash } from './bitcoin-bytes.ts'
import { merklePath } from './merkle-tree.ts'

const block = z.object({
  hash: text, height: z.int(), version: z.int(), merkleroot: text, time: z.int(), bits: text, nonce: z.int(), previousblockhash: text.optional(), tx: z.array(text),
})

/** Header, height, transaction, its index in the block and the path to the header's Merkle root. */
export interface PlacedBytes {
  readonly bytes: Buffer
  readonly transaction: Buffer
}

/** `undefined`: the node's answers do not give the block's hash or the transaction's, as on a chain whose headers have another form. */
export async function placeTransaction(client: Client, blockHash: string, find: (txids: readonly string[]) => number, signal: AbortSignal): Promise<PlacedBytes | undefined> {
  const parts = readAs(block, await client.rpc.call('getblock', [blockHash, 1], signal))
  const index = find(parts.tx)
  const txid = parts.tx[index]
  if (txid === undefined) return undefined
  const transaction = Buffer.from(readAs(text, await client.rpc.call('getrawtransaction', [txid, 0], signal)), 'hex')
  const header = encodeHeader(parts)
  const { root, path } = merklePath(parts.tx.map(fromShownHash), index)
  if (toShownHash(doubleSha256(header)) !== blockHash || toShownHash(root) !== parts.merkleroot || toShownHash(doubleSha256(transaction)) !== txid) return undefined
  return { transaction, bytes: Buffer.concat([header, compactSize(parts.height), counted(transaction), compactSize(index), compactSize(path.length), ...path]) }
}
