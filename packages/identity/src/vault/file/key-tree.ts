import { openBytes } from '../data-keys.ts'
import type { Destroyed } from '../key-vault.ts'
import { VaultError } from '../vault-error.ts'
import type { Journal } from './journal.ts'
import { DESTROYED, PATIENT_KEY, recordAssociatedData, SUBJECT_SECRET, type JournalRecord, type RecordKind } from './journal-record.ts'
import type { RecordIndex } from './record-index.ts'
import { shardOf, type ShardTable } from './shard-table.ts'

/** The keys as they stand on disk, with the shard keys open. `table` is exchanged when a patient is destroyed. */
export interface KeyTree {
  readonly journal: Journal
  readonly index: RecordIndex
  table: ShardTable
}

/** `undefined`: never made, or void since its shard got another key. Errors: VAULT_CORRUPT. */
export async function findPatientKey(tree: KeyTree, patient: Buffer): Promise<Uint8Array | undefined> {
  for (;;) {
    const { table } = tree
    const found = await newestRecord(tree, PATIENT_KEY, patient, EMPTY)
    // A neighbour destroyed meanwhile has moved the whole shard: what was found may be void, and its successor stands further on.
    if (tree.table === table) return found === undefined ? undefined : openPatientKey(tree, found.record, found.offset)
  }
}

/** `undefined`: the record is from before its shard's present key. Errors: VAULT_CORRUPT where it should open and does not. */
export function openPatientKey(tree: KeyTree, record: JournalRecord, offset: number): Uint8Array | undefined {
  const shard = tree.table.shard(shardOf(record.patient))
  if (offset < shard.from) return undefined
  return opened(shard.key, record, offset)
}

/** `undefined`: not made yet. Errors: VAULT_CORRUPT. */
export async function findSubjectSecret(tree: KeyTree, patient: Buffer, network: Buffer, key: Uint8Array): Promise<Uint8Array | undefined> {
  const found = await newestRecord(tree, SUBJECT_SECRET, patient, network)
  return found === undefined ? undefined : opened(key, found.record, found.offset)
}

export async function findDestroyed(tree: KeyTree, patient: Buffer): Promise<Destroyed | undefined> {
  const found = await newestRecord(tree, DESTROYED, patient, EMPTY)
  if (found === undefined) return undefined
  return { before: found.record.content.readBigUInt64BE(0), after: found.record.content.readBigUInt64BE(8) }
}

const EMPTY = Buffer.alloc(0)

/** The newest record of this kind, patient and network. */
export async function newestRecord(tree: KeyTree, kind: RecordKind, patient: Buffer, network: Buffer): Promise<{ readonly record: JournalRecord; readonly offset: number } | undefined> {
  for (const offset of tree.index.offsets(kind, patient, network)) {
    const record = await tree.journal.read(offset)
    if (record.kind === kind && record.patient.equals(patient) && record.network.equals(network)) return { record, offset }
  }
  return undefined
}

function opened(key: Uint8Array, record: JournalRecord, offset: number): Uint8Array {
  const plain = openBytes(key, record.content, recordAssociatedData(record))
  if (plain === undefined) throw new VaultError('VAULT_CORRUPT', 'A key in the journal does not open.', { details: { file: 'journal', offset } })
  return plain
}
