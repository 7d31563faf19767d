import { basename, join } from 'node:path'
import { VaultError } from '../vault-error.ts'
import { createJournal, openJournal, type Journal } from './journal.ts'
import { PATIENT_KEY } from './journal-record.ts'
import { createRecordIndex, type RecordIndex } from './record-index.ts'
import { newRoot, rootInFile, type Root, type RootFile, type RootStore } from './root-file.ts'
import { newShardTable, openShardTable, type ShardTable } from './shard-table.ts'
import type { VaultFile, VaultFiles } from './vault-files.ts'

export interface VaultPlace {
  readonly files: VaultFiles
  readonly custodian: string
  /** Holds `journal` and `shards-<generation>`; may be part of a data backup. */
  readonly directory: string
  /** Holds root R; belongs in no backup of data. */
  readonly rootFile: string
  /** Keeps root R instead of the file. */
  readonly root?: RootStore | undefined
}

/** What is in memory of an open vault. */
export interface OpenVault {
  readonly root: RootFile
  readonly table: ShardTable
  readonly journal: Journal
  readonly index: RecordIndex
  readonly problems: readonly string[]
}

/**
 * Opens the vault's files, or makes them if none are there. Ends what a crash left half done: destroys a former root, drops an erasure
 * that was not committed and writes that were not acknowledged.
 * Errors: VAULT_CORRUPT, VAULT_ROOT_MISSING, VAULT_ROOT_MISMATCH; the disk's own errors.
 */
export async function openVaultDirectory(place: VaultPlace): Promise<OpenVault> {
  const { files, directory } = place
  const root = await rootStoreOf(place).open()
  if (root === undefined) {
    await assertNeverUsed(place)
    return await makeVault(place)
  }
  try {
    const table = await readTable(place, root.root)
    await root.destroyFormer()
    const file = await files.open(join(directory, 'journal'))
    if (file === undefined) throw new VaultError('VAULT_CORRUPT', 'The journal is missing.', { details: { file: 'journal' } })
    return await closingOnFailure(file, () => readVault(place, root, table, file))
  } catch (error) {
    await root.close().catch(() => {})
    throw error
  }
}

function rootStoreOf({ files, rootFile, root }: VaultPlace): RootStore {
  return root ?? rootInFile(files, rootFile)
}

async function readVault(place: VaultPlace, root: RootFile, table: ShardTable, file: VaultFile): Promise<OpenVault> {
  const index = createRecordIndex()
  const { generation } = root.root
  const { journal, dropped } = await openJournal(file, journalHeader(place.custodian), generation, (record, offset) => {
    // What a later key of its shard has made void is never asked for again.
    if (record.kind !== PATIENT_KEY || offset >= table.shard(record.shard).from) index.add(record, offset)
  })
  if (journal.frames === 0n) await journal.append(generation, [])
  await removeFormerTables(place, generation)
  return { root, table, journal, index, problems: await keepDropped(place, journal.end, dropped) }
}

/** Writes the table of a generation durably, before its root exists. */
export async function writeTable(place: VaultPlace, root: Root, table: ShardTable): Promise<void> {
  const file = await place.files.open(tablePath(place, root.generation), { create: true })
  if (file === undefined) throw new TypeError('A file opened with create is there.')
  try {
    await file.truncate(0)
    await file.write(0, table.seal(root.key, tableAssociatedData(place.custodian, root.generation)))
    await file.sync()
  } finally {
    await file.close()
  }
  await place.files.syncDirectory(place.directory)
}

export async function removeFormerTables(place: VaultPlace, generation: bigint): Promise<void> {
  const keep = basename(tablePath(place, generation))
  for (const name of await place.files.list(place.directory)) {
    if (name.startsWith('shards-') && name !== keep) await place.files.remove(join(place.directory, name))
  }
}

async function makeVault(place: VaultPlace): Promise<OpenVault> {
  const { files, directory } = place
  await files.makeDirectory(directory)
  await removeFormerTables(place, 1n)
  const file = await files.open(join(directory, 'journal'), { create: true })
  if (file === undefined) throw new TypeError('A file opened with create is there.')
  return await closingOnFailure(file, async () => {
    const journal = await createJournal(file, journalHeader(place.custodian))
    const table = newShardTable(journal.end)
    const first = newRoot(1n)
    await writeTable(place, first, table)
    const root = await rootStoreOf(place).create(first)
    return await closingOnFailure(root, async () => {
      await journal.append(1n, [])
      return { root, table, journal, index: createRecordIndex(), problems: [] }
    })
  })
}

async function closingOnFailure<T>(open: { close(): Promise<void> }, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    await open.close().catch(() => {})
    throw error
  }
}

/** A vault gets its first frame before anyone may use it; one with frames and no root has lost its root. */
async function assertNeverUsed(place: VaultPlace): Promise<void> {
  const file = await place.files.open(join(place.directory, 'journal'))
  if (file === undefined) return
  const size = await file.size()
  await file.close()
  if (size <= journalHeader(place.custodian).length) return
  throw new VaultError('VAULT_ROOT_MISSING', 'The vault holds keys, but its root file is missing.', { details: { custodian: place.custodian } })
}

export async function readTable(place: VaultPlace, root: Root): Promise<ShardTable> {
  const details = { custodian: place.custodian, generation: root.generation.toString() }
  const file = await place.files.open(tablePath(place, root.generation))
  if (file === undefined) {
    throw new VaultError('VAULT_ROOT_MISMATCH', 'The vault has no shard keys of the root\'s generation: vault or root is an old copy.', { details })
  }
  try {
    const table = openShardTable(root.key, await file.read(0, await file.size()), tableAssociatedData(place.custodian, root.generation))
    if (table === undefined) throw new VaultError('VAULT_ROOT_MISMATCH', 'The shard keys do not open under this root: another vault\'s root, or damage.', { details })
    return table
  } finally {
    await file.close()
  }
}

async function keepDropped(place: VaultPlace, end: number, dropped: Buffer): Promise<readonly string[]> {
  if (dropped.length === 0) return []
  const file = await place.files.open(join(place.directory, `journal-dropped-${end}`), { create: true })
  await file?.write(0, dropped)
  await file?.close()
  return [`${dropped.length} bytes of an unacknowledged write were dropped from the journal at offset ${end} when the vault was opened.`]
}

function tablePath(place: VaultPlace, generation: bigint): string {
  return join(place.directory, `shards-${generation}`)
}

function tableAssociatedData(custodian: string, generation: bigint): Buffer {
  return Buffer.from(`careledger/v1/vault-table|${generation}|${custodian}`, 'utf8')
}

function journalHeader(custodian: string): Buffer {
  return Buffer.from(`careledger-vault/1\n${custodian}\n`, 'utf8')
}
