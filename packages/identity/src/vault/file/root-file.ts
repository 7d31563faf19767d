import { hash, randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { KEY_BYTES } from '../data-keys.ts'
import { VaultError } from '../vault-error.ts'
import type { VaultFile, VaultFiles } from './vault-files.ts'

/** Two slots, each within one sector and one page of its own: writing one cannot tear the other. */
const SLOT_OFFSETS = [0, 4096] as const
const SLOT_BYTES = 512
const MAGIC = Buffer.from('careledger-root1', 'latin1')
const HASH_AT = MAGIC.length + 8 + KEY_BYTES

export interface Root { readonly generation: bigint; readonly key: Uint8Array }

/** The file of root R: at any moment it holds one whole root, or two while the older is being destroyed. */
export interface RootFile {
  readonly root: Root
  /** Writes the next root durably: when it resolves, the new generation holds. Rejects with the disk's error: outcome unknown. */
  advance(next: Root): Promise<void>
  /** Overwrites every root but the newest in place and syncs. Rejects with the disk's error: do it again before serving. */
  destroyFormer(): Promise<void>
  /** Reads the file again, where another process may have advanced it. `former`: an older root still stands. Errors: VAULT_CORRUPT. */
  reload(): Promise<{ readonly former: boolean }>
  close(): Promise<void>
}

/** Where root R is kept: in a file, or in a store of keys outside this machine. */
export interface RootStore {
  /** `undefined`: there is none. */
  open(): Promise<RootFile | undefined>
  /** Makes it with its first root, there whole or not at all; rejects where there is one. */
  create(root: Root): Promise<RootFile>
}

export function rootInFile(files: VaultFiles, path: string): RootStore {
  return { open: () => openRootFile(files, path), create: (root) => createRootFile(files, path, root) }
}

/** `undefined`: no such file. Errors: VAULT_CORRUPT when neither slot holds a whole root. */
export async function openRootFile(files: VaultFiles, path: string): Promise<RootFile | undefined> {
  const file = await files.open(path)
  if (file === undefined) return undefined
  try {
    return rootFile(file, (await readSlots(file)).newest)
  } catch (error) {
    await file.close().catch(() => {})
    throw error
  }
}

async function readSlots(file: VaultFile): Promise<{ readonly newest: Root; readonly former: boolean }> {
  const found = (await Promise.all(SLOT_OFFSETS.map((offset) => file.read(offset, SLOT_BYTES)))).flatMap((bytes) => decodeSlot(bytes) ?? [])
  const newest = found.sort((a, b) => (a.generation < b.generation ? 1 : -1))[0]
  if (newest === undefined) throw new VaultError('VAULT_CORRUPT', 'The root file holds no whole root.', { details: { file: 'root' } })
  return { newest, former: found.length > 1 }
}

/** Makes the file with generation 1: it is there whole or not at all. */
export async function createRootFile(files: VaultFiles, path: string, root: Root): Promise<RootFile> {
  const fresh = `${path}.new`
  await files.makeDirectory(dirname(path))
  await files.remove(fresh)
  const file = await files.open(fresh, { create: true })
  if (file === undefined) throw new TypeError('A file opened with create is there.')
  const bytes = Buffer.alloc(SLOT_OFFSETS[1] + SLOT_BYTES)
  encodeSlot(root).copy(bytes, slotOffset(root.generation))
  await file.write(0, bytes)
  await file.sync()
  await files.rename(fresh, path)
  await files.syncDirectory(dirname(path))
  return rootFile(file, root)
}

export function newRoot(generation: bigint): Root {
  return { generation, key: randomBytes(KEY_BYTES) }
}

function rootFile(file: VaultFile, newest: Root): RootFile {
  let current = newest
  return {
    get root() {
      return current
    },
    async advance(next) {
      await file.write(slotOffset(next.generation), encodeSlot(next))
      await file.sync()
      current = next
    },
    async destroyFormer() {
      await file.write(slotOffset(current.generation + 1n), Buffer.alloc(SLOT_BYTES))
      await file.sync()
    },
    async reload() {
      const { newest: found, former } = await readSlots(file)
      if (found.generation < current.generation) throw new VaultError('VAULT_ROOT_MISMATCH', 'The root has become older: an old copy was put in its place.', { details: { file: 'root' } })
      current = found
      return { former }
    },
    close: () => file.close(),
  }
}

function slotOffset(generation: bigint): number {
  return SLOT_OFFSETS[Number(generation % 2n) as 0 | 1]
}

function encodeSlot(root: Root): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES)
  MAGIC.copy(bytes)
  bytes.writeBigUInt64BE(root.generation, MAGIC.length)
  bytes.set(root.key, MAGIC.length + 8)
  bytes.set(hash('sha256', bytes.subarray(0, HASH_AT), 'buffer'), HASH_AT)
  return bytes
}

function decodeSlot(bytes: Buffer): Root | undefined {
  if (bytes.length !== SLOT_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  if (!hash('sha256', bytes.subarray(0, HASH_AT), 'buffer').equals(bytes.subarray(HASH_AT, HASH_AT + 32))) return undefined
  return { generation: bytes.readBigUInt64BE(MAGIC.length), key: new Uint8Array(bytes.subarray(MAGIC.length + 8, HASH_AT)) }
}
