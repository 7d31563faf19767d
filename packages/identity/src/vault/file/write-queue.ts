import { VaultError } from '../vault-error.ts'

/** Most records that share one frame and its sync. */
const GROUP_MAX = 1024
/** Callers that may wait; beyond it VAULT_WRITE_FAILED. */
const WAITING_MAX = 65_536

/**
 * Orders everything that changes the vault. Appends that wait at the same time share one frame, so that one sync serves many callers;
 * an exclusive job runs alone, after all before it and before all behind it.
 */
export interface WriteQueue {
  /** `build` runs in order, right before the write; `undefined`: nothing to write after all. `written` runs once the record is durable. */
  append(job: { readonly build: () => Promise<Buffer | undefined>; readonly written: (offset: number) => void }): Promise<void>
  exclusive<T>(job: () => Promise<T>): Promise<T>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

interface Append {
  readonly build: () => Promise<Buffer | undefined>
  readonly written: (offset: number) => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

type Job = { readonly append: Append } | { readonly exclusive: () => Promise<void> }

/** `commit` appends one frame of records durably and gives their offsets. Each frame, and each exclusive job, runs inside `around`. */
export function createWriteQueue(commit: (records: readonly Buffer[]) => Promise<readonly number[]>, around: <T>(body: () => Promise<T>) => Promise<T> = (body) => body()): WriteQueue {
  const jobs: Job[] = []
  let running: Promise<void> | undefined

  const run = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      if ('exclusive' in job) {
        await job.exclusive()
        continue
      }
      const group = [job.append]
      for (let next = jobs[0]; next !== undefined && 'append' in next && group.length < GROUP_MAX; next = jobs[0]) {
        group.push(next.append)
        jobs.shift()
      }
      await around(() => writeGroup(group, commit)).catch((error: unknown) => {
        for (const append of group) append.reject(error)
      })
    }
    running = undefined
  }
  const add = (job: Job) => {
    jobs.push(job)
    running ??= Promise.resolve().then(run)
  }

  return {
    append: ({ build, written }) =>
      new Promise((resolve, reject) => {
        if (jobs.length >= WAITING_MAX) reject(new VaultError('VAULT_WRITE_FAILED', 'Too many writes are waiting.'))
        else add({ append: { build, written, resolve, reject } })
      }),
    exclusive: (body) => new Promise((resolve, reject) => add({ exclusive: () => around(body).then(resolve, reject) })),
    async idle() {
      while (running !== undefined) await running
    },
  }
}

async function writeGroup(group: readonly Append[], commit: (records: readonly Buffer[]) => Promise<readonly number[]>): Promise<void> {
  const built: { readonly append: Append; readonly record: Buffer }[] = []
  for (const append of group) {
    try {
      const record = await append.build()
      if (record === undefined) append.resolve()
      else built.push({ append, record })
    } catch (error) {
      append.reject(error)
    }
  }
  if (built.length === 0) return
  try {
    const offsets = await commit(built.map(({ record }) => record))
    built.forEach(({ append }, place) => {
      append.written(offsets[place] as number)
      append.resolve()
    })
  } catch (error) {
    for (const { append } of built) append.reject(error)
  }
}
