import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { StoreError, type DocumentStore } from '@careledger/data-spec'

export interface FileDocumentsSettings {
  /** Made with mode 0700 if missing. Documents stand in 256 folders by the end of their id. */
  readonly directory: string
}

/** Ids are UUIDs: nothing else becomes part of a path. */
const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const listMax = 1000

/**
 * Documents in files: each is written beside its place, synced, renamed, and its folder synced, so that a crash at any moment leaves the
 * whole document or none. Any number of processes may use one directory.
 * Errors: STORE_CONFLICT (same id, other bytes), STORE_INVALID (id, limit), STORE_UNAVAILABLE (disk full or gone), STORE_CLOSED.
 */
export async function createFileDocuments(settings: FileDocumentsSettings): Promise<DocumentStore> {
  const root = resolve(settings.directory)
  await mkdir(root, { recursive: true, mode: 0o700 })
  let closed = false

  /** Checks, then runs with the disk's errors translated. */
  const guarded = async <T>(ids: readonly string[], body: () => Promise<T>): Promise<T> => {
    if (closed) throw new StoreError('STORE_CLOSED', 'The document store is closed.')
    for (const id of ids) if (!idPattern.test(id)) throw new StoreError('STORE_INVALID', 'A document id is a lower-case UUID.')
    try {
      return await body()
    } catch (error) {
      throw toStoreError(error)
    }
  }

  const folderOf = (id: string) => join(root, id.slice(-2))
  const pathOf = (id: string) => join(folderOf(id), id)

  return {
    specVersion: 'v1',
    put: (id, bytes) => guarded([id], async () => {
      const present = await readIfThere(pathOf(id))
      if (present !== undefined) {
        if (Buffer.compare(present, bytes) !== 0) throw new StoreError('STORE_CONFLICT', 'Another document has this id.', { details: { id } })
        return
      }
      await mkdir(folderOf(id), { recursive: true, mode: 0o700 })
      await writeDurably(folderOf(id), id, bytes)
      await syncFolder(root)
    }),
    get: (id) => guarded([id], async () => {
      const bytes = await readIfThere(pathOf(id))
      return bytes === undefined ? undefined : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }),
    delete: (id) => guarded([id], async () => {
      await rm(pathOf(id), { force: true })
      await syncFolder(folderOf(id))
    }),
    list: ({ after, limit }) => guarded([], async () => {
      if (!Number.isInteger(limit) || limit < 1 || limit > listMax) throw new StoreError('STORE_INVALID', `limit is 1 to ${listMax}.`)
      const folders = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory())
      const names = await Promise.all(folders.map((folder) => readdir(join(root, folder.name))))
      return names.flat().filter((name) => idPattern.test(name) && (after === undefined || name > after)).sort().slice(0, limit)
    }),
    async health() {
      if (closed) return { ok: false, problems: ['closed'] }
      return readdir(root).then(() => ({ ok: true, problems: [] }), () => ({ ok: false, problems: ['The documents\' directory cannot be read.'] }))
    },
    async close() { closed = true },
  }
}

async function writeDurably(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const fresh = join(folder, `.${name}.${randomBytes(6).toString('hex')}`)
  try {
    const file = await open(fresh, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, join(folder, name))
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
  await syncFolder(folder)
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  try {
    await handle?.sync()
  } finally {
    await handle?.close()
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** errno(3): what the disk says, as what the caller may do. A full disk and one that is gone are the same to them: nothing was written. */
function toStoreError(error: unknown): unknown {
  const { name, code } = error as { name?: string; code?: string }
  if (name === 'StoreError' || code === undefined) return error
  return new StoreError('STORE_UNAVAILABLE', code === 'ENOSPC' || code === 'EDQUOT' ? 'The disk is full: nothing was written. Free some room, then repeat.' : 'The documents\' directory cannot be used: nothing was written.', { cause: error, details: { errno: code } })
}
