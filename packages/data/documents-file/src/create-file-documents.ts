import { access, constants, open, readFile, readdir, rm, stat, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { checkLimit, invalid, SourceFailure } from '@careledger/data-kit'
import { StoreError, type DocumentStore } from '@careledger/data-spec'
import { documentPath, folderNames, idOfFile } from './document-path.ts'
import { codeOf, createDurably, createFolderMaker, syncFolder } from './durable-file.ts'
import { readFileStream, sameFiles, writeFileStream } from './file-streams.ts'

export interface FileDocumentsSettings {
  /** Made when absent. Several processes may share it. */
  readonly directory: string
}

/** Drafts that are older belong to a process that was killed. */
const draftAgeMs = 3_600_000

/** STORE_UNAVAILABLE when the directory cannot be made, read or written, or the disk is full. */
export async function createFileDocuments({ directory }: FileDocumentsSettings): Promise<DocumentStore> {
  const drafts = join(directory, 'drafts')
  const makeFolder = createFolderMaker()
  let closed = false
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw new StoreError('STORE_CLOSED', 'The document store is closed.')
    return work().catch((error: unknown) => { throw error instanceof SourceFailure ? error.cause : toStoreError(error) })
  }
  await call(async () => {
    await makeFolder(drafts)
    await removeOldDrafts(drafts)
  })
  return {
    specVersion: 'v1',
    put: (id, bytes) => call(() => put({ directory, drafts, makeFolder }, id, bytes)),
    get: (id) => call(async () => read(documentPath(directory, id).file)),
    delete: (id) => call(async () => {
      const { inner, file } = documentPath(directory, id)
      if (await removed(file)) await syncFolder(inner)
    }),
    list: ({ after, limit }) => call(async () => {
      checkLimit(limit)
      return list(directory, after, limit)
    }),
    streams: {
      write: (id, chunks, { signal } = {}) => call(() => create({ directory, drafts, makeFolder }, id, (handle) => writeFileStream(handle, chunks, signal))),
      read: (id, range = {}) => call(() => readFileStream(documentPath(directory, id).file, range, toStoreError)),
    },
    async health() {
      if (closed) return { ok: false, problems: ['The document store is closed.'] }
      const problem = await access(drafts, constants.R_OK | constants.W_OK | constants.X_OK).then(() => undefined, () => 'The document folder cannot be written.')
      return { ok: problem === undefined, problems: problem === undefined ? [] : [problem] }
    },
    async close() { closed = true },
  }
}

interface Place {
  readonly directory: string
  readonly drafts: string
  readonly makeFolder: (folder: string) => Promise<void>
}

async function put(place: Place, id: string, bytes: Uint8Array): Promise<void> {
  if (!(bytes instanceof Uint8Array)) throw invalid('A document is bytes.')
  const content = bytes.slice()
  await create(place, id, (handle) => handle.writeFile(content))
}

async function create({ directory, drafts, makeFolder }: Place, id: string, fill: (handle: FileHandle) => Promise<void>): Promise<void> {
  const { outer, inner, file } = documentPath(directory, id)
  await makeFolder(outer)
  await makeFolder(inner)
  await createDurably(file, drafts, fill, async (draft) => {
    if (!(await sameFiles(draft, file))) throw new StoreError('STORE_CONFLICT', 'Another document has this id.', { details: { id } })
    await syncFile(file)
    await syncFolder(inner)
  })
}

async function read(file: string): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(file)
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function removed(file: string): Promise<boolean> {
  return unlink(file).then(() => true, (error: unknown) => {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  })
}

/** The other process that made the file may not have put it on the disk yet. */
async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.sync().finally(() => handle.close())
}

/** Walks the folders in order, beginning at the one of `after`. */
async function list(directory: string, after: string | undefined, limit: number): Promise<readonly string[]> {
  const [fromOuter, fromInner] = after === undefined ? ['', ''] : folderNames(after)
  const found: string[] = []
  for (const outer of await names(directory, fromOuter)) {
    for (const inner of await names(join(directory, outer), outer === fromOuter ? fromInner : '')) {
      const ids = (await names(join(directory, outer, inner), '')).flatMap((name) => idOfFile(name) ?? [])
      for (const id of ids) {
        if (after !== undefined && id <= after) continue
        found.push(id)
        if (found.length === limit) return found
      }
    }
  }
  return found
}

/** Names beginning with `x`, from `from` on, sorted. */
async function names(folder: string, from: string): Promise<readonly string[]> {
  const all = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
  return all.filter((name) => name.startsWith('x') && name >= from).sort((left, right) => (left < right ? -1 : 1))
}

async function removeOldDrafts(drafts: string): Promise<void> {
  for (const name of await readdir(drafts)) {
    const path = join(drafts, name)
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > draftAgeMs) await rm(path, { force: true })
  }
}

const messages: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full.',
  EDQUOT: 'The quota of the disk is used up.',
  EROFS: 'The disk can only be read.',
  EACCES: 'The document folder may not be used.',
  EIO: 'The disk failed.',
}

/** Source of the codes: errno(3). The cause's message holds a path, and a path holds only the id. */
function toStoreError(error: unknown): StoreError {
  if (error instanceof Error && error.name === 'StoreError') return error as StoreError
  const code = codeOf(error) ?? ''
  return new StoreError('STORE_UNAVAILABLE', messages[code] ?? 'The document folder failed.', { cause: error, details: { code } })
}
