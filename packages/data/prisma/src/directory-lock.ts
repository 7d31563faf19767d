import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, readlink, rename, rm, rmdir, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { StoreError } from '@careledger/data-spec'

/** Who holds a directory. `start` tells a process from a later one with the same number; absent where there is no /proc. */
interface Holder { readonly pid: number; readonly host: string; readonly boot?: string | undefined; readonly namespace?: string | undefined; readonly start?: string | undefined; readonly nonce: string }

const fileName = 'careledger.lock'
const beatMs = 5_000
/** A holder whom we cannot look up (another container, another machine) counts as gone when its file was not touched for so long. */
const silentMs = 30_000

/**
 * Takes the directory for this process: a second one gets STORE_LOCKED. The file of a process that was killed is recognised at once
 * (its number is gone, or belongs to another process), so nobody waits after kill -9. A paused holder still holds.
 */
export async function lockDirectory(directory: string): Promise<{ release(): Promise<void> }> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, fileName)
  const mine = await describeHolder(process.pid)
  const text = JSON.stringify(mine)
  if (!(await create(path, text))) await takeOver(directory, path, text, mine)
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), beatMs)
  beat.unref()
  return {
    async release() {
      clearInterval(beat)
      if ((await readFile(path, 'utf8').catch(() => '')) === text) await unlink(path).catch(() => undefined)
    },
  }
}

/** Atomic: the file appears with its content or not at all. */
async function create(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, text, { mode: 0o600, flush: true })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(draft)
  }
}

/** Only one process at a time looks whether the holder is gone and replaces it. */
async function takeOver(directory: string, path: string, text: string, mine: Holder): Promise<void> {
  const gate = join(directory, `${fileName}.gate`)
  await enterGate(gate)
  try {
    const found = await readFile(path, 'utf8').catch(() => undefined)
    if (found !== undefined && (await isHeld(path, found, mine))) throw locked(directory, parse(found))
    if (found !== undefined) {
      const stale = `${path}.stale`
      await rename(path, stale)
      await rm(stale)
    }
    if (!(await create(path, text))) throw locked(directory, undefined)
  } finally {
    await rmdir(gate).catch(() => undefined)
  }
}

/** A gate that outlived its process is removed after a while; nobody needs it for longer than a few milliseconds. */
async function enterGate(gate: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      await mkdir(gate)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const age = Date.now() - (await stat(gate).then((found) => found.mtimeMs, () => Date.now()))
    if (age > 2_000) await rmdir(gate).catch(() => undefined)
    else await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new StoreError('STORE_LOCKED', 'Another process is opening the data directory.')
}

async function isHeld(path: string, text: string, mine: Holder): Promise<boolean> {
  const holder = parse(text)
  if (holder === undefined) return false
  if (holder.host === mine.host && holder.boot !== undefined && mine.boot !== undefined && holder.boot !== mine.boot) return false
  if (holder.host === mine.host && holder.namespace === mine.namespace) return isAlive(holder)
  return Date.now() - (await stat(path)).mtimeMs < silentMs
}

async function isAlive({ pid, start }: Holder): Promise<boolean> {
  if (start !== undefined) return (await startOf(pid)) === start
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function describeHolder(pid: number): Promise<Holder> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((text) => text.trim(), () => undefined)
  const namespace = await readlink('/proc/self/ns/pid').catch(() => undefined)
  return { pid, host: hostname(), boot, namespace, start: await startOf(pid), nonce: randomBytes(8).toString('hex') }
}

/** Field 22 of /proc/<pid>/stat, start time in clock ticks since boot; `undefined` for no process or one that has ended. Source: proc(5). */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder
  } catch {
    return undefined
  }
}

function locked(directory: string, holder: Holder | undefined): StoreError {
  const who = holder === undefined ? 'Another process' : `Process ${holder.pid} on ${holder.host}`
  return new StoreError('STORE_LOCKED', `${who} has the data directory ${directory} open. Stop it first, or choose another directory.`, holder === undefined ? {} : { details: { pid: holder.pid, host: holder.host } })
}
