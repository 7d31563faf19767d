import { createReadGuard, invalid, type ReadGuard } from '@careledger/data-kit'
import { StoreError, type ReadView } from '@careledger/data-spec'
import type { Driver, Session } from '../driver/driver.ts'
import { toStoreError } from '../to-store-error.ts'
import { createView } from './create-view.ts'
import { createSnapshot, endTransaction } from './snapshot.ts'

const groupMax = 256
const waitingMax = 4_096
/** A group this old may be held up by a slow body: the next one takes a further lane. */
const slowMs = 20

interface Reader {
  readonly body: (view: ReadView) => Promise<unknown>
  resolve(result: unknown): void
  reject(error: unknown): void
}

export interface GroupReader {
  read<T>(body: (view: ReadView) => Promise<T>): Promise<T>
  readonly guard: ReadGuard
  /** Rejects what waits; resolves when the groups that run have ended. */
  close(): Promise<void>
}

/**
 * Callers who come while a snapshot is being read share the next one, which begins after all of them: one transaction, and one statement
 * for all calls of a kind. [read-1] holds because nobody joins a snapshot that has begun.
 */
export function createGroupReader(driver: Driver, { bodyTimeMaxMs }: { readonly bodyTimeMaxMs: number }): GroupReader {
  const guard = createReadGuard()
  const running = new Map<Promise<void>, number>()
  let waiting: Reader[] = []
  let scheduled = false
  let open = true

  const take = (): readonly Reader[] => {
    const group = waiting.slice(0, groupMax)
    waiting = waiting.slice(groupMax)
    return group
  }

  const schedule = (afterMs = 0): void => {
    if (scheduled) return
    scheduled = true
    const pump = (): void => {
      scheduled = false
      if (waiting.length === 0) return
      const slow = [...running.values()].every((since) => performance.now() - since > slowMs)
      if (running.size >= driver.lanes('read')) return
      if (running.size >= 2 && !slow) {
        schedule(slowMs)
        return
      }
      const group = take()
      const run: Promise<void> = runGroups(driver, group, { guard, bodyTimeMaxMs, next: () => {
        // The embedded store has one session, which writers wait for too.
        if (driver.kind === 'pglite') return []
        running.set(run, performance.now())
        return take()
      } }).finally(() => {
        running.delete(run)
        if (waiting.length > 0) schedule()
      })
      running.set(run, performance.now())
      if (waiting.length > 0) schedule()
    }
    if (afterMs === 0) setImmediate(pump)
    else setTimeout(pump, afterMs)
  }

  return {
    guard,
    read<T>(body: (view: ReadView) => Promise<T>) {
      return new Promise<T>((resolve, reject) => {
        if (!open) throw new StoreError('STORE_CLOSED', 'The store is closed.')
        if (waiting.length >= waitingMax) throw new StoreError('STORE_BUSY', 'Too many reads wait.', { details: { waitingMax } })
        waiting.push({ body, resolve: resolve as (result: unknown) => void, reject })
        schedule()
      })
    },
    async close() {
      open = false
      for (const { reject } of waiting.splice(0)) reject(new StoreError('STORE_CLOSED', 'The store was closed before the read began.'))
      await Promise.allSettled(running.keys())
    },
  }
}

interface RunSettings {
  readonly guard: ReadGuard
  readonly bodyTimeMaxMs: number
  /** Who has come meanwhile; empty: nobody. */
  next(): readonly Reader[]
}

/**
 * One group, and on the same connection those who came meanwhile: the end of one transaction and the beginning of the next share a round trip.
 * Never rejects.
 */
async function runGroups(driver: Driver, first: readonly Reader[], settings: RunSettings): Promise<void> {
  let session: Session
  try {
    session = await driver.acquire('read')
  } catch (error) {
    for (const { reject } of first) reject(toStoreError(error, 'connect'))
    return
  }
  let left = false
  for (let group = first; group.length > 0; group = session.broken ? [] : settings.next()) left = await runGroup(session, group, left, settings)
  if (left) await endTransaction(session)
  driver.release('read', session)
}

/** Ends when every body has ended or the time is up; gives whether a transaction stands open on the session. */
async function runGroup(session: Session, group: readonly Reader[], left: boolean, { guard, bodyTimeMaxMs }: RunSettings): Promise<boolean> {
  let expired = false
  const snapshot = createSnapshot(session, (error) => (expired ? tooLong() : toStoreError(error, 'before-commit')), { left })
  let end = (): void => undefined
  const timeUp = new Promise<void>((resolve) => { end = resolve })
  const timer = setTimeout(() => {
    expired = true
    session.destroy()
    end()
  }, bodyTimeMaxMs)
  await Promise.race([timeUp, Promise.all(group.map((reader) => runBody(reader)))])
  clearTimeout(timer)
  return expired ? false : snapshot.settle()

  async function runBody({ body, resolve, reject }: Reader): Promise<void> {
    let open = true
    const view = createView(async (question, request) => {
      if (!open) throw invalid('The view was used after its read had ended.')
      if (expired) throw tooLong()
      return snapshot.ask(question, request)
    })
    try {
      resolve(await guard.run(() => body(view)))
    } catch (error) {
      reject(error)
    } finally {
      open = false
    }
  }
}

function tooLong(): StoreError {
  return new StoreError('STORE_UNAVAILABLE', 'The body of a read took too long.')
}
