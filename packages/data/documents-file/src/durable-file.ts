import { randomBytes } from 'node:crypto'
import { link, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Makes `file` with what `fill` writes, whole or not at all, and on the disk when it resolves: draft, fsync, link, fsync of the folder. Where
 * the file is there already nothing is changed, and `onTaken` gets the draft to compare; otherwise it is not called.
 */
export async function createDurably(file: string, drafts: string, fill: (handle: FileHandle) => Promise<void>, onTaken: (draft: string) => Promise<void>): Promise<void> {
  const draft = join(drafts, randomBytes(12).toString('hex'))
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await fill(handle)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (await publish(draft, file)) await syncFolder(dirname(file))
    else await onTaken(draft)
  } finally {
    await rm(draft, { force: true })
  }
}

/** A link fails when the name is taken, and this gives false; a rename would replace what stands there. Some file systems know no links. */
async function publish(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error) ?? '')) throw error
    try {
      await (await open(file, 'wx', 0o600)).close()
    } catch (taken) {
      if (codeOf(taken) === 'EEXIST') return false
      throw taken
    }
    await rename(draft, file)
    return true
  }
}

/** Makes folders and has their names on the disk; each is made sure of once in a process, whoever made it. */
export function createFolderMaker(): (folder: string) => Promise<void> {
  const made = new Map<string, Promise<void>>()
  return (folder) => {
    const known = made.get(folder)
    if (known !== undefined) return known
    if (made.size >= foldersMax) made.clear()
    const making = mkdir(folder, { recursive: true, mode: 0o700 }).then(() => syncFolder(dirname(folder)))
    made.set(folder, making)
    making.catch(() => made.delete(folder))
    return making
  }
}

/** More are forgotten, and made sure of again. */
const foldersMax = 1_000

/** Puts names that were made or removed in a folder on the disk. Where a folder cannot be opened (Windows) the system does it. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch((error: unknown) => {
    if (['EISDIR', 'EPERM', 'EACCES'].includes(codeOf(error) ?? '') && process.platform === 'win32') return undefined
    throw error
  })
  try {
    await handle?.sync()
  } finally {
    await handle?.close()
  }
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
