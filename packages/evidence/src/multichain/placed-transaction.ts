import { equalBytes, toHex } from '@careledger/proof'
import { EvidenceError } from '../evidence-error.ts'
import type { ShownBlock } from '../shown-block.ts'
import type { ByteReader } from './byte-reader.ts'
import { doubleSha256, rootOf } from './merkle-path.ts'
import { readTransaction, type Transaction } from './transaction.ts'

/** A transaction and the block that has it. */
export interface PlacedTransaction {
  readonly transaction: Transaction
  /** As the ledger computes it; shown in reverse. */
  readonly txid: Uint8Array
  readonly block: ShownBlock
}

const DEPTH_MAX = 24
/** Places in a header of 80 bytes. */
const MERKLE_ROOT = 36
const TIME = 68

/**
 * Reads header, height, transaction, index of it in the block, and the path to the header's Merkle root. The height is a claim of the
 * evidence, which only a pin confirms: a header does not hold it.
 */
export function readPlacedTransaction(reader: ByteReader): PlacedTransaction {
  const header = reader.bytes(80)
  const height = reader.compact()
  const bytes = reader.counted()
  const index = reader.compact()
  const depth = reader.compact()
  if (depth > DEPTH_MAX) throw new EvidenceError('The path is not one of a block.')
  const path = Array.from({ length: depth }, () => reader.bytes(32))
  const transaction = readTransaction(bytes)
  const txid = doubleSha256(bytes)
  if (!equalBytes(rootOf(txid, index, path), header.subarray(MERKLE_ROOT, MERKLE_ROOT + 32))) throw new EvidenceError('The path does not lead to the root of the block.')
  const seconds = new DataView(header.buffer, header.byteOffset).getUint32(TIME, true)
  return { transaction, txid, block: { id: toHex(doubleSha256(header).reverse()), height, time: new Date(seconds * 1000) } }
}
