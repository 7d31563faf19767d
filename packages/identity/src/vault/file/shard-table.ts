import { randomBytes } from 'node:crypto'
import { taggedHash } from '@careledger/proof'
import { KEY_BYTES, openBytes, sealBytes } from '../data-keys.ts'

export const SHARD_COUNT = 4096
const ROW_BYTES = KEY_BYTES + 8

/**
 * All shard keys S_i and the organisation key O, sealed as one value under the root of one generation. `from` of a shard is the journal
 * offset from which patient keys are wrapped under its present key; what stands before is void.
 */
export interface ShardTable {
  readonly organisationKey: Uint8Array
  shard(index: number): { readonly key: Uint8Array; readonly from: number }
  /** A table of its own with other keys for some shards; all bytes are copied. */
  withShards(shards: ReadonlyMap<number, { readonly key: Uint8Array; readonly from: number }>): ShardTable
  seal(root: Uint8Array, associatedData: Uint8Array): Uint8Array
  /** Overwrites the keys in memory. */
  forget(): void
}

export function newShardTable(from: number): ShardTable {
  const bytes = randomBytes(KEY_BYTES + SHARD_COUNT * ROW_BYTES)
  for (let index = 0; index < SHARD_COUNT; index += 1) bytes.writeBigUInt64BE(BigInt(from), rowAt(index) + KEY_BYTES)
  return shardTable(bytes)
}

/** `undefined`: not sealed under this root for this vault and generation. */
export function openShardTable(root: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array): ShardTable | undefined {
  const bytes = openBytes(root, sealed, associatedData)
  return bytes?.length === KEY_BYTES + SHARD_COUNT * ROW_BYTES ? shardTable(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)) : undefined
}

/** Shard of a patient: `H("shard", patientId)` mod 4,096 (design c4). */
export function shardOf(patient: Uint8Array): number {
  const hash = taggedHash('shard', patient)
  return (((hash[30] as number) << 8) | (hash[31] as number)) % SHARD_COUNT
}

function shardTable(bytes: Buffer): ShardTable {
  return {
    organisationKey: bytes.subarray(0, KEY_BYTES),
    shard(index) {
      const at = rowAt(index)
      return { key: bytes.subarray(at, at + KEY_BYTES), from: Number(bytes.readBigUInt64BE(at + KEY_BYTES)) }
    },
    withShards(shards) {
      const copy = Buffer.from(bytes)
      for (const [index, { key, from }] of shards) {
        copy.set(key, rowAt(index))
        copy.writeBigUInt64BE(BigInt(from), rowAt(index) + KEY_BYTES)
      }
      return shardTable(copy)
    },
    seal: (root, associatedData) => sealBytes(root, bytes, associatedData),
    forget() {
      bytes.fill(0)
    },
  }
}

function rowAt(index: number): number {
  return KEY_BYTES + index * ROW_BYTES
}
