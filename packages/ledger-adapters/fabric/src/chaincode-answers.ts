import { LedgerError } from '@careledger/ledger-spec'
import { z } from 'zod'

// What @careledger/fabric-chaincode answers: JSON, version 1 of its protocol.

const recordSchema = z.object({
  id: z.string(),
  key: z.string().optional(),
  digest: z.string(),
  data: z.base64().optional(),
  writer: z.string(),
  at: z.int(),
  sequence: z.int().min(1),
})

export const answers = {
  about: z.object({ protocol: z.literal(1), batched: z.boolean() }),
  append: z.object({ appended: z.int(), size: z.int(), conflicts: z.array(z.string()).optional() }),
  get: z.object({ size: z.int(), records: z.array(recordSchema.nullable()) }),
  list: z.object({ size: z.int(), records: z.array(recordSchema), more: z.boolean() }),
  change: z.object({ changed: z.boolean() }),
  stream: z.object({
    private: z.object({ collection: z.string() }).optional(),
    rights: z.array(z.object({ member: z.string(), right: z.enum(['read', 'write']) })),
  }),
}

/** A record as the chaincode answers. */
export type AnsweredRecord = z.output<typeof recordSchema>

/** LEDGER_WRONG_CHAIN when a chaincode answered that is not ours. */
export function parseAnswer<T>(schema: z.ZodType<T>, bytes: Uint8Array): T {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString())
  } catch {
    value = undefined
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new LedgerError('LEDGER_WRONG_CHAIN', 'The chaincode of this name is another one, or of another version')
  return parsed.data
}
