import { randomBytes } from 'node:crypto'
import { KEY_BYTES, sealBytes } from '../data-keys.ts'
import type { Destroyed } from '../key-vault.ts'
import { VaultError } from '../vault-error.ts'
import { DESTROYED, encodeRecord, PATIENT_KEY, recordAssociatedData, type JournalRecord } from './journal-record.ts'
import { findPatientKey, openPatientKey, type KeyTree } from './key-tree.ts'
import { newRoot, type RootFile } from './root-file.ts'
import { shardOf, type ShardTable } from './shard-table.ts'
import { removeFormerTables, writeTable, type VaultPlace } from './vault-directory.ts'

interface Kept { readonly record: JournalRecord; readonly encoded: Buffer }

/**
 * Destroys one patient's keys. Must run alone. In this order, each step durable before the next: the shard's other patient keys wrapped
 * under a new shard key, as one frame of generation g+1; the shard table under a new root; the new root (from here on it holds); the old
 * root overwritten. A crash before the third step leaves generation g, and the next start drops the frame; one after it leaves g+1, and
 * the next start overwrites the old root. `committed` runs between the last two.
 * Errors: VAULT_BROKEN when the outcome is open; any other means that nothing was changed.
 */
export async function commitDestroy(place: VaultPlace, root: RootFile, tree: KeyTree, patient: Buffer, committed: () => void): Promise<Destroyed> {
  const before = root.root.generation
  if ((await findPatientKey(tree, patient)) === undefined) {
    await appendAndIndex(tree, before, [destroyedRecord(patient, { before, after: before })])
    committed()
    return { before, after: before }
  }
  const next = newRoot(before + 1n)
  const result = { before, after: next.generation }
  const shardIndex = shardOf(patient)
  const shard = { key: randomBytes(KEY_BYTES), from: tree.journal.end }
  const kept = await wrapAgain(tree, shardIndex, patient, shard.key)
  const frame = [...kept, destroyedRecord(patient, result)]
  const table = tree.table.withShard(shardIndex, shard)

  const { end, frames } = tree.journal
  const offsets = await tree.journal.append(next.generation, frame.map(({ encoded }) => encoded))
  try {
    await writeTable(place, next, table)
  } catch (error) {
    await tree.journal.cutBack(end, frames)
    throw error
  }
  try {
    await root.advance(next)
    takeOver(tree, table)
    frame.forEach(({ record }, position) => tree.index.add(record, offsets[position] as number))
    committed()
    await root.destroyFormer()
  } catch (cause) {
    throw new VaultError('VAULT_BROKEN', 'The root could not be replaced for certain. Open the vault anew.', { cause })
  }
  await removeFormerTables(place, next.generation).catch(() => {})
  return result
}

/** Every living key of the shard but the patient's, under the new shard key. */
async function wrapAgain(tree: KeyTree, shardIndex: number, patient: Buffer, key: Uint8Array): Promise<Kept[]> {
  const kept: Kept[] = []
  for (const offset of tree.index.ofShard(shardIndex)) {
    const record = await tree.journal.read(offset)
    if (record.kind !== PATIENT_KEY || record.patient.equals(patient)) continue
    const plain = openPatientKey(tree, record, offset)
    if (plain === undefined) continue
    const again = { ...record, content: Buffer.from(sealBytes(key, plain, recordAssociatedData(record))) }
    plain.fill(0)
    kept.push({ record: again, encoded: encodeRecord(again) })
  }
  return kept
}

function destroyedRecord(patient: Buffer, result: Destroyed): Kept {
  const content = Buffer.alloc(16)
  content.writeBigUInt64BE(result.before, 0)
  content.writeBigUInt64BE(result.after, 8)
  const record: JournalRecord = { kind: DESTROYED, shard: shardOf(patient), patient, network: Buffer.alloc(0), content }
  return { record, encoded: encodeRecord(record) }
}

async function appendAndIndex(tree: KeyTree, generation: bigint, frame: readonly Kept[]): Promise<void> {
  const offsets = await tree.journal.append(generation, frame.map(({ encoded }) => encoded))
  frame.forEach(({ record }, position) => tree.index.add(record, offsets[position] as number))
}

/** The former table's keys are overwritten. */
export function takeOver(tree: KeyTree, table: ShardTable): void {
  const former = tree.table
  tree.table = table
  former.forget()
}
