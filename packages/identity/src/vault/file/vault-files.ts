import { fstatSync } from 'node:fs'
import { mkdir, open, readdir, rename, unlink, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The few file operations the vault is made of; a test hands in ones that fail at the k-th call. */
export interface VaultFiles {
  /** Opens for reading and writing, mode 0600. `undefined`: not there and `create` not asked. */
  open(path: string, options?: { readonly create?: boolean }): Promise<VaultFile | undefined>
  /** Absolute path; with the directories above it, durably. */
  makeDirectory(path: string): Promise<void>
  /** File names; empty when there is no such directory. */
  list(directory: string): Promise<readonly string[]>
  rename(from: string, to: string): Promise<void>
  /** No error when it is not there. */
  remove(path: string): Promise<void>
  /** Makes creations, renames and removals in it durable. */
  syncDirectory(path: string): Promise<void>
}

export interface VaultFile {
  size(): Promise<number>
  /** The same at once: one system call of a microsecond, without a thread. */
  sizeNow(): number
  /** Fewer bytes than asked for only at the end of the file. */
  read(offset: number, length: number): Promise<Buffer>
  write(offset: number, bytes: Uint8Array): Promise<void>
  truncate(size: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

export const nodeVaultFiles: VaultFiles = {
  async open(path, options) {
    try {
      return toVaultFile(await open(path, 'r+'))
    } catch (error) {
      if (!isMissing(error)) throw error
      if (options?.create !== true) return undefined
      return toVaultFile(await open(path, 'wx+', 0o600))
    }
  },
  async makeDirectory(path) {
    const first = await mkdir(path, { recursive: true, mode: 0o700 })
    if (first === undefined) return
    for (let made = path; made.length >= first.length; made = dirname(made)) await nodeVaultFiles.syncDirectory(dirname(made))
  },
  async list(directory) {
    return await readdir(directory).catch((error: unknown) => {
      if (isMissing(error)) return []
      throw error
    })
  },
  rename,
  async remove(path) {
    await unlink(path).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    })
  },
  async syncDirectory(path) {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
}

function toVaultFile(handle: FileHandle): VaultFile {
  return {
    async size() {
      return (await handle.stat()).size
    },
    sizeNow: () => fstatSync(handle.fd).size,
    async read(offset, length) {
      const buffer = Buffer.alloc(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return buffer.subarray(0, filled)
    },
    async write(offset, bytes) {
      let written = 0
      while (written < bytes.length) written += (await handle.write(bytes, written, bytes.length - written, offset + written)).bytesWritten
    },
    truncate: (size) => handle.truncate(size),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
