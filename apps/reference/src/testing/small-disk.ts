import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of a few megabytes, for tests of what happens when it is full. */
export interface SmallDisk {
  readonly path: string
  /** Takes all room but so many megabytes, none by default. */
  fill(leftMegabytes?: number): void
  /** Gives that room back. */
  empty(): void
  unmount(): void
}

/** Whether this process may mount one: Linux, as root. */
export const mayMount = process.platform === 'linux' && process.getuid?.() === 0 && mounts()

/** Mounts a tmpfs at `path`. */
export function mountSmallDisk(path: string, megabytes: number): SmallDisk {
  mkdirSync(path, { recursive: true })
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'careledger-test', path]).status !== 0) throw new Error(`No tmpfs could be mounted at ${path}.`)
  const filler = join(path, 'filler')
  return {
    path,
    fill(leftMegabytes = 0) {
      const file = openSync(filler, 'a')
      for (const size of [1024 * 1024, 4096]) {
        try {
          for (;;) if (writeSync(file, Buffer.alloc(size)) < size) break
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        }
      }
      ftruncateSync(file, Math.max(0, fstatSync(file).size - leftMegabytes * 1024 * 1024))
      closeSync(file)
    },
    empty() { rmSync(filler) },
    unmount() { spawnSync('umount', ['-l', path]) },
  }
}

/** Containers often have root without the right to mount. */
function mounts(): boolean {
  const probe = join(tmpdir(), `careledger-mount-probe-${process.pid}`)
  mkdirSync(probe)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'careledger-test', probe]).status === 0
  if (mounted) spawnSync('umount', [probe])
  rmSync(probe, { recursive: true })
  return mounted
}
