import { createHash } from 'node:crypto'
import type { NewRecord } from '@careledger/ledger-spec'

/**
 * A stream item of ours, version 1. One on-chain item carries records in their order:
 *
 * - **keys**: for each record `i` and its id (32 lower-case hex digits); right behind it, if the record has a key, `k` and that (64
 *   digits). Each can be asked for: `liststreamkeyitems <stream> i<id>`, `liststreamkeyitems <stream> k<key>`.
 * - **data**, raw: the byte `01`, then for each record, in the same order, either the byte `00` and its 32-byte digest, or the byte
 *   `01`, the length of its data in 4 bytes, big-endian, and the data; the digest is then SHA-256 of the data.
 * - **publisher**: exactly one address.
 *
 * Whatever differs, be it one trailing byte, an id twice in one item, an unknown version, an off-chain item, text or JSON in place of
 * raw data, is not of this form and does not exist for any reader.
 */
const VERSION = 1
const DIGEST = 0
const DATA = 1
const ID_KEY = /^i[0-9a-f]{32}$/
const RECORD_KEY = /^k[0-9a-f]{64}$/

/** What is published as one item. */
export interface ItemContent {
  readonly keys: readonly string[]
  /** Lower-case hex. */
  readonly data: string
}

/** The key of an item that finds the record `id`. */
export function toIdKey(id: string): string {
  return `i${id}`
}

/** The key of an item that finds the records with `key`. */
export function toRecordKey(key: string): string {
  return `k${key}`
}

export function encodeItem(records: readonly NewRecord[]): ItemContent {
  const keys = records.flatMap(({ id, key }) => (key === undefined ? [toIdKey(id)] : [toIdKey(id), toRecordKey(key)]))
  const parts = records.map(({ digest, data }) => {
    if (data === undefined) return Buffer.concat([Buffer.of(DIGEST), Buffer.from(digest, 'hex')])
    const head = Buffer.alloc(5)
    head.writeUInt8(DATA)
    head.writeUInt32BE(data.length, 1)
    return Buffer.concat([head, data])
  })
  return { keys, data: Buffer.concat([Buffer.of(VERSION), ...parts]).toString('hex') }
}

/** Ids and keys of the records of an item; `undefined` when its keys are not of our form. */
export function decodeKeys(keys: readonly string[]): readonly Pick<NewRecord, 'id' | 'key'>[] | undefined {
  const records: { id: string; key?: string | undefined }[] = []
  for (const [place, key] of keys.entries()) {
    const last = records.at(-1)
    if (ID_KEY.test(key)) records.push({ id: key.slice(1) })
    else if (RECORD_KEY.test(key) && last !== undefined && keys[place - 1] === toIdKey(last.id)) last.key = key.slice(1)
    else return undefined
  }
  const distinct = new Set(records.map(({ id }) => id)).size === records.length
  return records.length > 0 && distinct ? records : undefined
}

/** The records of an item, in order; `undefined` when it is not of our form. `data` is hex as the node gives it. */
export function decodeItem(keys: readonly string[], data: string): readonly NewRecord[] | undefined {
  const named = decodeKeys(keys)
  if (named === undefined || !/^(?:[0-9a-f]{2})+$/.test(data)) return undefined
  const bytes = Buffer.from(data, 'hex')
  if (bytes[0] !== VERSION) return undefined
  const records: NewRecord[] = []
  let from = 1
  for (const name of named) {
    const size = bytes[from] === DIGEST ? 32 : bytes[from] === DATA && from + 5 <= bytes.length ? bytes.readUInt32BE(from + 1) : undefined
    if (size === undefined) return undefined
    const start = from + (bytes[from] === DIGEST ? 1 : 5)
    const content = bytes.subarray(start, start + size)
    if (content.length !== size) return undefined
    if (bytes[from] === DIGEST) records.push({ ...name, digest: content.toString('hex') })
    else records.push({ ...name, digest: createHash('sha256').update(content).digest('hex'), data: Uint8Array.from(content) })
    from = start + size
  }
  return from === bytes.length ? records : undefined
}
