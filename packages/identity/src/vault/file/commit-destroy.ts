import type { Destroyed } from '../key-vault.ts'
import { DESTROYED, encodeRecord, type JournalRecord } from './journal-record.ts'
import { findPatientKey, type KeyTree } from './key-tree.ts'
import { appendAndIndex, replaceShardKeys, type Kept } from './replace-shard-keys.ts'
import type { RootFile } from './root-file.ts'
import { shardOf } from './shard-table.ts'
import type { VaultPlace } from './vault-directory.ts'

/**
 * Destroys one patient's keys: the shard gets another key, under which every other patient's is wrapped, and the root another generation. Must
 * run alone. `committed` runs once it holds, before the old root is overwritten. Errors: as `replaceShardKeys`.
 */
export async function commitDestroy(place: VaultPlace, root: RootFile, tree: KeyTree, patient: Buffer, committed: () => void): Promise<Destroyed> {
  const before = root.root.generation
  if ((await findPatientKey(tree, patient)) === undefined) {
    await appendAndIndex(tree, before, [destroyedRecord(patient, { before, after: before })])
    committed()
    return { before, after: before }
  }
  return replaceShardKeys(place, root, tree, { shards: [shardOf(patient)], without: patient, also: (generations) => destroyedRecord(patient, generations) }, committed)
}

function destroyedRecord(patient: Buffer, result: Destroyed): Kept {
  const content = Buffer.alloc(16)
  content.writeBigUInt64BE(result.before, 0)
  content.writeBigUInt64BE(result.after, 8)
  const record: JournalRecord = { kind: DESTROYED, shard: shardOf(patient), patient, network: Buffer.alloc(0), content }
  return { record, encoded: encodeRecord(record) }
}
