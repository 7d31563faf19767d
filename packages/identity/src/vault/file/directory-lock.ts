import { randomBytes } from 'node:crypto'
import { link, readFile, readlink, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { VaultError } from '../vault-error.ts'

/** A holder on another machine counts as gone when it has not touched its lock for this long. */
const FOREIGN_STALE_MS = 60_000
const TOUCH_MS = 15_000

export interface DirectoryLock {
  /** Idempotent. */
  release(): Promise<void>
}

interface Holder {
  readonly nonce: string
  readonly pid: number
  /** Start of the process in clock ticks since boot, so that a reused pid is not taken for the holder; '' where it cannot be read. */
  readonly started: string
  readonly host: string
  readonly boot: string
  /** Where `pid` counts: containers of one machine may have the same host name and other processes under the same pid. */
  readonly space: string
}

/**
 * Takes the one lock of a directory: the file `lock`, made with link(2), which fails if it exists. The lock of a process that has ended
 * (kill -9, power loss) is taken over: whoever links `lock-after-<nonce of the dead>` first has it, so two that come at once cannot both.
 * A holder elsewhere (another machine or container) counts as gone after a minute without a sign of life; should it have slept only, `lost`
 * is called there when it wakes. Errors: VAULT_LOCKED, with the holder's pid and host in `details`.
 */
export async function lockDirectory(directory: string, lost: () => void): Promise<DirectoryLock> {
  const path = join(directory, 'lock')
  const me: Holder = { nonce: randomBytes(12).toString('hex'), pid: process.pid, started: await processStart(process.pid), host: hostname(), boot: await bootId(), space: await pidSpace() }
  const mine = join(directory, `lock-${me.nonce}`)
  await writeFile(mine, JSON.stringify(me), { mode: 0o600, flag: 'wx' })
  try {
    if (!(await tryLink(mine, path))) await takeOver(directory, path, mine, me)
  } finally {
    await unlink(mine).catch(() => {})
  }
  return held(path, me, lost)
}

async function takeOver(directory: string, path: string, mine: string, me: Holder): Promise<void> {
  const former: string[] = []
  let last = path
  let holder = await readHolder(path)
  for (;;) {
    if (holder === undefined || (await isAlive(holder, last, me))) throw locked(directory, holder)
    const claim = join(directory, `lock-after-${holder.nonce}`)
    if (await tryLink(mine, claim)) {
      former.push(claim)
      break
    }
    former.push(claim)
    last = claim
    holder = await readHolder(claim)
  }
  // A winner before us replaces `lock` before it removes its claims: if the lock has changed meanwhile, our claim came too late.
  const first = await readHolder(path)
  if (first === undefined || former[0] !== join(directory, `lock-after-${first.nonce}`)) {
    await unlink(former[former.length - 1] as string)
    throw locked(directory, first)
  }
  const next = `${mine}-next`
  await writeFile(next, JSON.stringify(me), { mode: 0o600, flag: 'wx' })
  await rename(next, path)
  for (const claim of former) await unlink(claim).catch(() => {})
}

function held(path: string, me: Holder, lost: () => void): DirectoryLock {
  const touch = async () => {
    if ((await readHolder(path))?.nonce !== me.nonce) lost()
    else await utimes(path, new Date(), new Date())
  }
  const timer = setInterval(() => void touch().catch(() => {}), TOUCH_MS)
  timer.unref()
  let released = false
  return {
    async release() {
      if (released) return
      released = true
      clearInterval(timer)
      if ((await readHolder(path))?.nonce === me.nonce) await unlink(path).catch(() => {})
    },
  }
}

async function isAlive(holder: Holder, path: string, me: Holder): Promise<boolean> {
  if (holder.host !== me.host || (holder.boot === me.boot && holder.space !== me.space)) {
    const touched = await stat(path).then((found) => found.mtimeMs, () => Date.now())
    return Date.now() - touched < FOREIGN_STALE_MS
  }
  if (holder.boot !== me.boot) return false
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return (await processStart(holder.pid)) === holder.started
}

/** `undefined`: it is gone or cannot be read; the caller takes that for held. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function locked(directory: string, holder: Holder | undefined): VaultError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`
  return new VaultError('VAULT_LOCKED', `The key vault in ${directory} is in use by ${who}. Stop it first.`, {
    details: holder === undefined ? { directory } : { directory, pid: holder.pid, host: holder.host },
  })
}

/** Field 22 of /proc/<pid>/stat; the name in field 2 may hold spaces and brackets. */
async function processStart(pid: number): Promise<string> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

async function pidSpace(): Promise<string> {
  return await readlink('/proc/self/ns/pid').catch(() => '')
}

async function bootId(): Promise<string> {
  return await readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((text) => text.trim(), () => '')
}
