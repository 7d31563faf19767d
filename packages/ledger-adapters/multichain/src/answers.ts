import { z } from 'zod'
import { NodeError } from './node-error.ts'

/** Shapes of what MultiChain 2.3 answers, as far as they are used; each was recorded from a node (`__fixtures__`). */
const height = z.int().min(0)

export const blockchainParams = z.object({
  'chain-protocol': z.string(),
  'chain-name': z.string(),
  'genesis-hash': z.string(),
  'target-block-time': z.number().positive(),
  'mining-diversity': z.number(),
  'mine-empty-rounds': z.number(),
  'max-std-op-returns-count': z.int(),
  'max-std-op-return-size': z.int(),
  'max-std-tx-size': z.int(),
})

export const streamList = z.array(z.object({
  name: z.string(),
  restrict: z.object({ write: z.boolean(), onchain: z.boolean() }),
  subscribed: z.boolean(),
  items: z.int().optional(),
}))

/** `liststreamitems` and `liststreamkeyitems` with `verbose`. The block's members are there when the transaction is in one. */
export const streamItems = z.array(z.object({
  publishers: z.array(z.string()),
  keys: z.array(z.string()),
  offchain: z.boolean(),
  data: z.unknown(),
  confirmations: z.int(),
  blockhash: z.string().optional(),
  blockheight: height.optional(),
  blockindex: z.int().optional(),
  blocktime: z.int().optional(),
  txid: z.string(),
  vout: z.int(),
  valid: z.boolean(),
}))
export type StreamItem = z.output<typeof streamItems>[number]

/** What stands in `data` in place of more than `maxshowndata` bytes, 16,384 by default: fetched by `gettxoutdata`. */
export const dataReference = z.object({ txid: z.string(), vout: z.int(), format: z.string(), size: z.int() })

export const keyCounts = z.array(z.object({ key: z.string(), items: z.int() }))
export const chainTips = z.array(z.object({ height, hash: z.string(), branchlen: z.int(), status: z.string() }))
export const chainInfo = z.object({ blocks: height })
export const mempoolInfo = z.object({ size: z.int() })
export const blockList = z.array(z.object({ height, time: z.int(), txcount: z.int() }))
export const permissionList = z.array(z.object({ address: z.string(), type: z.string(), startblock: z.int(), endblock: z.int() }))
export const rawTransaction = z.object({ confirmations: z.int().optional() })
export const text = z.string()

/** `answer` in its shape. NodeError `malformed` when it is not. */
export function readAs<T extends z.ZodType>(shape: T, answer: unknown): z.output<T> {
  const read = shape.safeParse(answer)
  if (read.success) return read.data
  throw new NodeError({ kind: 'malformed' }, `The node's answer is not of the form of MultiChain 2.3: ${read.error.issues[0]?.path.join('.') ?? ''}`)
}
