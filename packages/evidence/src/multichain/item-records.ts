import { fromUtf8, sha256, toHex } from '@careledger/proof'
import { EvidenceError } from '../evidence-error.ts'

const VERSION = 1
const DIGEST = 0
const DATA = 1
const ID_KEY = /^i[0-9a-f]{32}$/
const RECORD_KEY = /^k[0-9a-f]{64}$/

/** Digests by id of the records of an item of ours, version 1. EvidenceError for any other: it does not exist for readers of the ledger. */
export function readItemRecords(keys: readonly Uint8Array[], data: Uint8Array): ReadonlyMap<string, string> {
  const ids = idsOf(keys.map(textOf))
  const digests = new Map<string, string>()
  if (data[0] !== VERSION) throw noItem()
  let at = 1
  for (const id of ids) {
    const kind = data[at]
    const size = kind === DIGEST ? 32 : kind === DATA ? sizeAt(data, at + 1) : noSize()
    const start = at + (kind === DIGEST ? 1 : 5)
    const content = data.subarray(start, start + size)
    if (content.length !== size) throw noItem()
    digests.set(id, toHex(kind === DIGEST ? content : sha256(content)))
    at = start + size
  }
  if (at !== data.length) throw noItem()
  return digests
}

function idsOf(keys: readonly string[]): readonly string[] {
  const ids: string[] = []
  for (const [place, key] of keys.entries()) {
    if (ID_KEY.test(key)) ids.push(key.slice(1))
    else if (!RECORD_KEY.test(key) || place === 0 || !ID_KEY.test(keys[place - 1] ?? '')) throw noItem()
  }
  if (ids.length === 0 || new Set(ids).size !== ids.length) throw noItem()
  return ids
}

function sizeAt(data: Uint8Array, at: number): number {
  if (at + 4 > data.length) return noSize()
  return new DataView(data.buffer, data.byteOffset).getUint32(at)
}

function textOf(key: Uint8Array): string {
  try {
    return fromUtf8(key)
  } catch {
    throw noItem()
  }
}

function noSize(): never {
  throw noItem()
}

function noItem(): EvidenceError {
  return new EvidenceError('The item is not of the form of records.')
}
