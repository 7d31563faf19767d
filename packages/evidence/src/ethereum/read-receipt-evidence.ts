import { equalBytes, fromHex, toHex, utf8, type ProofAnchor } from '@careledger/proof'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { EvidenceError } from '../evidence-error.ts'
import type { ShownBlock } from '../shown-block.ts'
import { bytesOf, decodeRlp, encodeRlp, listOf, numberOf, type Rlp } from './rlp.ts'
import { valueInTrie } from './trie-path.ts'

/** Places in a block header. */
const RECEIPTS_ROOT = 5
const NUMBER = 8
const TIMESTAMP = 11

/**
 * `ethereum-receipt/1`: RLP of `[header, transaction index, [trie nodes], log index in the receipt]`. Gives the block in which the contract
 * that the anchor's ledger id names logged the anchor's record. EvidenceError otherwise.
 */
export function readReceiptEvidence(bytes: Uint8Array, anchor: ProofAnchor): ShownBlock {
  const [header, index, nodes, place, ...more] = listOf(decodeRlp(bytes))
  if (more.length > 0) throw new EvidenceError('The evidence has more parts than described.')
  const encodedHeader = bytesOf(header)
  const fields = listOf(decodeRlp(encodedHeader))
  const receipt = valueInTrie(bytesOf(fields[RECEIPTS_ROOT]), keyOf(index), listOf(nodes).map(bytesOf))
  const logs = listOf(readReceipt(receipt)[3]).map(listOf)
  checkRecord(logs, numberOf(place), anchor)
  return { id: `0x${toHex(keccak_256(encodedHeader))}`, height: numberOf(fields[NUMBER]), time: new Date(numberOf(fields[TIMESTAMP]) * 1000) }
}

/** Receipts stand under the RLP of their index. */
function keyOf(index: Rlp | undefined): Uint8Array {
  numberOf(index)
  return encodeRlp(bytesOf(index))
}

/** `[status, gas, bloom, logs]` of a transaction that succeeded; a typed receipt stands behind its type's byte (EIP-2718). */
function readReceipt(bytes: Uint8Array): readonly Rlp[] {
  const typed = (bytes[0] ?? 0) < 0x80
  const fields = listOf(decodeRlp(typed ? bytes.subarray(1) : bytes))
  if (fields.length !== 4 || !equalBytes(bytesOf(fields[0]), Uint8Array.of(1))) throw new EvidenceError('The transaction did not succeed.')
  return fields
}

/** The record's log is one of a batch log's before it, of the same contract and stream, with the anchor's id and digest. */
function checkRecord(logs: readonly (readonly Rlp[])[], place: number, anchor: ProofAnchor): void {
  const contract = fromHex((anchor.ledgerId.split(':').at(-1) ?? '').toLowerCase().replace(/^0x/, ''))
  const stream = new Uint8Array(32)
  stream.set(utf8(anchor.stream))
  const read = (log: readonly Rlp[] | undefined) => ({ address: bytesOf(log?.[0]), topics: listOf(log?.[1]).map(bytesOf), data: bytesOf(log?.[2]) })
  const isOurs = ({ address, topics }: ReturnType<typeof read>): boolean => equalBytes(address, contract) && topics[0] !== undefined && equalBytes(topics[0], stream)
  const record = read(logs[place])
  const id = new Uint8Array(32)
  id.set(fromHex(anchor.id))
  const digest = record.topics.at(-1)
  if (!isOurs(record) || record.topics.length < 3 || record.topics.length > 4 || !equalBytes(record.topics[1] ?? id.subarray(1), id) || digest === undefined || !equalBytes(digest, fromHex(anchor.digest))) {
    throw new EvidenceError('The log is not of this record.')
  }
  for (let before = place - 1; before >= 0; before--) {
    const log = read(logs[before])
    if (!isOurs(log)) break
    if (log.topics.length > 2) continue
    const count = log.topics.length === 2 && log.topics[1]?.every((byte) => byte === 0xff) === true && log.data.length === 128 ? countOf(log.data) : 0
    if (place - before <= count) return
    break
  }
  throw new EvidenceError('The log is not part of an append.')
}

/** Third word of a batch log: how many records follow. */
function countOf(data: Uint8Array): number {
  return data.subarray(64, 96).reduce((sum, byte) => sum * 256 + byte, 0)
}
