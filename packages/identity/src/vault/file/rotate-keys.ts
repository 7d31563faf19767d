import type { RotationStatus } from '../key-vault.ts'
import { encodeRecord, ROTATION, type JournalRecord } from './journal-record.ts'
import { newestRecord, type KeyTree } from './key-tree.ts'
import { appendAndIndex, replaceShardKeys } from './replace-shard-keys.ts'
import type { RootFile } from './root-file.ts'
import { SHARD_COUNT } from './shard-table.ts'
import type { VaultPlace } from './vault-directory.ts'

/** Patient keys that one step wraps again, about: other writers of the vault wait for it. */
const KEYS_PER_STEP = 2000
const NOBODY = Buffer.alloc(0)

/**
 * How far the newest rotation is. A shard is done when its key is younger than the rotation's record in the journal: nothing else is written
 * down, so that whoever opens the vault after a kill knows what is left.
 */
export async function rotationStatus(tree: KeyTree): Promise<RotationStatus> {
  const { begun, waiting } = await rotationOf(tree)
  return { begun, replaced: begun === undefined ? 0 : SHARD_COUNT - waiting.length, total: SHARD_COUNT }
}

/** Writes down that a rotation begins, unless one is under way. Must run alone. */
export async function beginRotation(root: RootFile, tree: KeyTree, now: Date): Promise<RotationStatus> {
  const { waiting } = await rotationOf(tree)
  if (waiting.length === 0) {
    const content = Buffer.alloc(8)
    content.writeBigUInt64BE(BigInt(now.getTime()))
    const record: JournalRecord = { kind: ROTATION, shard: 0, patient: NOBODY, network: NOBODY, content }
    await appendAndIndex(tree, root.root.generation, [{ record, encoded: encodeRecord(record) }])
  }
  return rotationStatus(tree)
}

/** Gives the next shards other keys; nothing where none is left. Must run alone. Errors: as `replaceShardKeys`. */
export async function stepRotation(place: VaultPlace, root: RootFile, tree: KeyTree, keysPerStep = KEYS_PER_STEP): Promise<RotationStatus> {
  const { waiting } = await rotationOf(tree)
  if (waiting.length > 0) {
    const share = Math.ceil((keysPerStep * SHARD_COUNT) / Math.max(1, tree.index.size))
    await replaceShardKeys(place, root, tree, { shards: waiting.slice(0, share) })
  }
  return rotationStatus(tree)
}

async function rotationOf(tree: KeyTree): Promise<{ readonly begun: Date | undefined; readonly waiting: readonly number[] }> {
  const newest = await newestRecord(tree, ROTATION, NOBODY, NOBODY)
  if (newest === undefined) return { begun: undefined, waiting: [] }
  const waiting = Array.from({ length: SHARD_COUNT }, (_, shard) => shard).filter((shard) => tree.table.shard(shard).from < newest.offset)
  return { begun: new Date(Number(newest.record.content.readBigUInt64BE(0))), waiting }
}
