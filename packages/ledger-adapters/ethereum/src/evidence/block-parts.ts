import { concat, encodeRlp, keccak256, toBeArray, type RlpStructuredData } from 'ethers'
import { z } from 'zod'
import { bytesSchema, quantitySchema } from '../rpc/schemas.ts'

const number = quantitySchema.transform((value) => (value === 0n ? '0x' : `0x${Buffer.from(toBeArray(value)).toString('hex')}`))

/** Header fields in the order of the header (go-ethereum core/types/block.go), those of later forks where the block has them. */
const headerSchema = z.object({
  parentHash: bytesSchema, sha3Uncles: bytesSchema, miner: bytesSchema, stateRoot: bytesSchema, transactionsRoot: bytesSchema, receiptsRoot: bytesSchema,
  logsBloom: bytesSchema, difficulty: number, number, gasLimit: number, gasUsed: number, timestamp: number, extraData: bytesSchema,
  mixHash: bytesSchema, nonce: bytesSchema,
  baseFeePerGas: number.nullish(), withdrawalsRoot: bytesSchema.nullish(), blobGasUsed: number.nullish(), excessBlobGas: number.nullish(),
  parentBeaconBlockRoot: bytesSchema.nullish(), requestsHash: bytesSchema.nullish(),
})
const laterFields = ['baseFeePerGas', 'withdrawalsRoot', 'blobGasUsed', 'excessBlobGas', 'parentBeaconBlockRoot', 'requestsHash'] as const

export interface BlockHeader {
  /** RLP, hex with `0x`. */
  readonly encoded: string
  readonly receiptsRoot: string
}

/** The header whose hash is `hash`; `undefined` when the fields do not give it: a chain with a header of another form. */
export function toHeader(block: unknown, hash: string): BlockHeader | undefined {
  const parsed = headerSchema.safeParse(block)
  if (!parsed.success) return undefined
  const { data } = parsed
  const later = laterFields.map((name) => data[name]).filter((value) => value != null)
  const encoded = encodeRlp([
    data.parentHash, data.sha3Uncles, data.miner, data.stateRoot, data.transactionsRoot, data.receiptsRoot, data.logsBloom, data.difficulty, data.number,
    data.gasLimit, data.gasUsed, data.timestamp, data.extraData, data.mixHash, data.nonce, ...later,
  ])
  return keccak256(encoded) === hash ? { encoded, receiptsRoot: data.receiptsRoot } : undefined
}

const receiptSchema = z.object({
  type: quantitySchema.nullish(), status: number.nullish(), root: bytesSchema.nullish(), cumulativeGasUsed: number, logsBloom: bytesSchema,
  logs: z.array(z.object({ address: bytesSchema, topics: z.array(bytesSchema), data: bytesSchema })),
})

/** Receipts as the trie has them: RLP, behind its type's byte for a typed one (EIP-2718). */
export function toEncodedReceipts(receipts: unknown): readonly string[] {
  return z.array(receiptSchema).parse(receipts).map(({ type, status, root, cumulativeGasUsed, logsBloom, logs }) => {
    const body: RlpStructuredData = [status ?? root ?? '0x', cumulativeGasUsed, logsBloom, logs.map(({ address, topics, data }) => [address, topics, data])]
    const encoded = encodeRlp(body)
    return type == null || type === 0n ? encoded : concat([toBeArray(type), encoded])
  })
}
