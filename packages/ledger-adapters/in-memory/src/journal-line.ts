import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Block } from './block.ts'
import { corruption } from './to-ledger-error.ts'

/**
 * A journal is UTF-8 text. Each line is `<checksum> <JSON>\n`; checksum = hex SHA-256 of the former line's checksum (64 zeros for
 * the first) followed by the JSON. So a line vouches for every line before it. Line 0 is the genesis, line n the block of height n:
 * `{"height":n,"at":ms,"stream":"...","writer":"...","records":[[id,key,digest,data],...]}` with "" for no key, null for no data,
 * and base64 for data.
 */
export const CHECKSUM_OF_NOTHING = '0'.repeat(64)

const FORMAT = 'careledger-journal/1'
const hex16 = z.string().regex(/^[0-9a-f]{32}$/)
const hex32 = z.string().regex(/^[0-9a-f]{64}$/)
const genesisSchema = z.strictObject({ format: z.literal(FORMAT), ledgerId: hex16 })
const blockSchema = z.strictObject({
  height: z.int().min(1),
  at: z.int(),
  stream: z.string(),
  writer: z.string(),
  records: z.array(z.tuple([hex16, z.union([z.literal(''), hex32]), hex32, z.base64().nullable()])).min(1),
})

export interface SealedLine {
  readonly line: string
  readonly checksum: string
}

export function sealLine(former: string, json: string): SealedLine {
  const checksum = checksumOf(former, json)
  return { line: `${checksum} ${json}\n`, checksum }
}

/** The JSON of a line without its newline, and its checksum; `undefined` when the checksum does not hold. */
export function openLine(former: string, line: string): { readonly json: string; readonly checksum: string } | undefined {
  const checksum = line.slice(0, 64)
  const json = line.slice(65)
  if (line[64] !== ' ' || checksumOf(former, json) !== checksum) return undefined
  return { json, checksum }
}

export function genesisJson(ledgerId: string): string {
  return JSON.stringify({ format: FORMAT, ledgerId })
}

/** The ledger id of a genesis line. LEDGER_CORRUPTION at height 0 when it is no genesis of this format. */
export function parseGenesis(json: string): string {
  const parsed = genesisSchema.safeParse(parseJson(json))
  if (!parsed.success) throw corruption(0, 'not a journal of this format')
  return parsed.data.ledgerId
}

export function blockJson(block: Block): string {
  return JSON.stringify({
    height: block.height,
    at: block.at,
    stream: block.stream,
    writer: block.writer,
    records: block.records.map(({ id, key, digest, data }) => [id, key ?? '', digest, data === undefined ? null : Buffer.from(data).toString('base64')]),
  })
}

/** The block of a line that must have `height`. LEDGER_CORRUPTION naming it otherwise. */
export function parseBlock(json: string, height: number): Block {
  const block = readBlock(json)
  if (block?.height !== height) throw corruption(height, 'not the block of this height')
  return block
}

/** The block of a line, whatever its height; `undefined` when it is none. */
export function readBlock(json: string): Block | undefined {
  const parsed = blockSchema.safeParse(parseJson(json))
  if (!parsed.success) return undefined
  const { records, ...rest } = parsed.data
  return {
    ...rest,
    records: records.map(([id, key, digest, data]) => ({
      id,
      key: key === '' ? undefined : key,
      digest,
      data: data === null ? undefined : new Uint8Array(Buffer.from(data, 'base64')),
    })),
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function checksumOf(former: string, json: string): string {
  return createHash('sha256').update(former).update(json).digest('hex')
}
