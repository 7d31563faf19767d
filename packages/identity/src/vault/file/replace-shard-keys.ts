import { randomBytes } from 'node:crypto'
import { KEY_BYTES, sealBytes } from '../data-keys.ts'
import type { Destroyed } from '../key-vault.ts'
import { VaultError } from '../vault-error.ts'
import { encodeRecord, PATIENT_KEY, recordAssociatedData, type JournalRecord } from './journal-record.ts'
import { openPatientKey, type KeyTree } from './key-tree.ts'
import { newRoot, type RootFile } from './root-file.ts'
import type { ShardTable } from './shard-table.ts'
import { removeFormerTables, writeTable, type VaultPlace } from './vault-directory.ts'

export interface Kept { readonly record: JournalRecord; readonly encoded: Buffer }

export interface ShardChange {
  /** Shards that get another key. */
  readonly shards: readonly number[]
  /** The patient whose key is left behind. */
  readonly without?: Buffer | undefined
  /** What else stands in the frame, given the generations before and after. */
  readonly also?: ((generations: Destroyed) => Kept) | undefined
}

/**
 * Gives shards other keys under another root. Must run alone. In this order, each step durable before the next: the shards' patient keys
 * wrapped under the new shard keys, as one frame of generation g+1; the shard table under a new root; the new root (from here on it holds);
 * the old root overwritten. A crash before the third step leaves generation g, and the next start drops the frame; one after it leaves g+1,
 * and the next start overwrites the old root. `committed` runs between the last two.
 * Errors: VAULT_BROKEN when the outcome is open; any other means that nothing was changed.
 */
export async function replaceShardKeys(place: VaultPlace, root: RootFile, tree: KeyTree, { shards, without, also }: ShardChange, committed: () => void = () => {}): Promise<Destroyed> {
  const before = root.root.generation
  const next = newRoot(before + 1n)
  const result = { before, after: next.generation }
  const from = tree.journal.end
  const fresh = new Map(shards.map((shard) => [shard, { key: randomBytes(KEY_BYTES), from }] as const))
  const frame = [...(await wrapAgain(tree, fresh, without)), ...(also === undefined ? [] : [also(result)])]
  const table = tree.table.withShards(fresh)
  for (const { key } of fresh.values()) key.fill(0)

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

/** Every living key of the shards but the patient's, under the new shard keys. */
async function wrapAgain(tree: KeyTree, shards: ReadonlyMap<number, { readonly key: Uint8Array }>, without: Buffer | undefined): Promise<Kept[]> {
  const kept: Kept[] = []
  for (const offset of tree.index.ofShards((shard) => shards.has(shard))) {
    const record = await tree.journal.read(offset)
    const shard = shards.get(record.shard)
    if (shard === undefined || record.kind !== PATIENT_KEY || (without !== undefined && record.patient.equals(without))) continue
    const plain = openPatientKey(tree, record, offset)
    if (plain === undefined) continue
    const again = { ...record, content: Buffer.from(sealBytes(shard.key, plain, recordAssociatedData(record))) }
    plain.fill(0)
    kept.push({ record: again, encoded: encodeRecord(again) })
  }
  return kept
}

/** Appends records of the present generation, durably. */
export async function appendAndIndex(tree: KeyTree, generation: bigint, frame: readonly Kept[]): Promise<void> {
  const offsets = await tree.journal.append(generation, frame.map(({ encoded }) => encoded))
  frame.forEach(({ record }, position) => tree.index.add(record, offsets[position] as number))
}

/** The former table's keys are overwritten. */
export function takeOver(tree: KeyTree, table: ShardTable): void {
  const former = tree.table
  tree.table = table
  former.forget()
}
