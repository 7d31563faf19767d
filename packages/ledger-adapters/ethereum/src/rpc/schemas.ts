import { z } from 'zod'

const quantity = z.string().regex(/^0x[0-9a-f]+$/i).transform(BigInt)
const bytes = z.string().regex(/^0x(?:[0-9a-f]{2})*$/i).transform((text) => text.toLowerCase())

/** What we use of a node's answers; the rest is dropped. Quantities are bigints, bytes lower-case hex with `0x`. */
export const quantitySchema = quantity
export const bytesSchema = bytes

export const blockSchema = z.object({
  number: quantity,
  hash: bytes,
  timestamp: quantity,
  gasLimit: quantity,
  baseFeePerGas: quantity.nullish(),
})
export type ChainBlock = z.output<typeof blockSchema>

export const logSchema = z.object({
  topics: z.array(bytes),
  data: bytes,
  blockNumber: quantity,
  blockHash: bytes,
  transactionIndex: quantity,
  logIndex: quantity,
  transactionHash: bytes,
})
export type ChainLog = z.output<typeof logSchema>

export const receiptSchema = z.object({
  transactionHash: bytes,
  blockNumber: quantity,
  blockHash: bytes,
  gasUsed: quantity,
  /** 1 when it succeeded; nodes from before Byzantium have none. */
  status: quantity.nullish(),
  contractAddress: z.string().nullish(),
  logs: z.array(z.object({ address: bytes, topics: z.array(bytes), data: bytes })),
})
export type ChainReceipt = z.output<typeof receiptSchema>
