import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Another process has the data directory open. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError'
  readonly pid: number
  constructor(directory: string, pid: number) {
    super(`The data directory ${directory} is in use by process ${pid}. Stop that process, or choose another directory with CARELEDGER_DATA.`)
    this.pid = pid
  }
}

/**
 * Takes a directory for this process alone, or for it and others that say `shared`; gives the function that lets go of it. A lock left by a process that no longer runs is
 * taken over at once, so a start after kill -9 waits for nothing. (A lock that lives by heartbeats, as in proper-lockfile, can be taken
 * from a process whose event loop is busy for some seconds, as it is while PGlite starts.) Errors: DirectoryInUseError.
 */
export function lockDirectory(directory: string, { shared = false }: { readonly shared?: boolean } = {}): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, shared ? `process-${process.pid}.lock` : 'process.lock')
  const release = takeFile(directory, path)
  // Whoever comes has written its own file first, so of two that come at once at least one sees the other.
  const others = readdirSync(directory).filter((name) => (shared ? name === 'process.lock' : /^process-\d+[.]lock$/.test(name))).map((name) => join(directory, name))
  for (const other of others) {
    const holder = readHolder(other)
    if (holder !== undefined && isRunning(holder)) {
      release()
      throw new DirectoryInUseError(directory, holder.pid)
    }
    if (!shared) rmSync(other, { force: true })
  }
  return release
}

function takeFile(directory: string, path: string): () => void {
  for (let attempt = 0; ; attempt++) {
    try {
      const file = openSync(path, 'wx', 0o600)
      writeSync(file, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }))
      closeSync(file)
      return () => { rmSync(path, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = readHolder(path)
      if (holder !== undefined && isRunning(holder)) throw new DirectoryInUseError(directory, holder.pid)
      if (attempt === 5) throw error
      rmSync(path, { force: true })
    }
  }
}

interface Holder { readonly pid: number; readonly started?: string | undefined }

/** `undefined`: the holder died while it wrote the file. */
function readHolder(path: string): Holder | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, 'utf8')) as { pid?: unknown; started?: unknown }
    return typeof pid === 'number' ? { pid, started: typeof started === 'string' ? started : undefined } : undefined
  } catch {
    return undefined
  }
}

/** Alive, and the same process: process ids are used again. */
function isRunning({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = startOf(pid)
  return started === undefined || now === undefined || started === now
}

/** Start time of a process in clock ticks since boot (proc(5), field 22); `undefined` where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
