import { setTimeout as delay } from 'node:timers/promises'
import { StoreError, type WriteResult } from '@careledger/data-spec'
import type { CheckedWrite } from '@careledger/data-kit'
import { command, type Driver, type Session } from '../driver/driver.ts'
import { diagnose } from '../statements/diagnose.ts'
import { dropAbsences, isIncomplete, writeGroup, writeGroupAlone, type GroupRows } from '../statements/write-group.ts'
import { mayRepeat, toStoreError } from '../to-store-error.ts'
import { chunksOf, groupRows } from './group-rows.ts'
import { judge } from './judge.ts'
import { createTicket, type Ticket } from './ticket.ts'
import { createWriteQueue } from './write-queue.ts'

/** Callers that may wait for a group; beyond it STORE_BUSY. */
export const queueMax = 4_096
const attemptsMax = 8

/** Joins the Writes of many callers in few commits: while a lane commits, the next group forms. */
export interface GroupWriter {
  write(write: CheckedWrite): Promise<WriteResult>
  /** Callers that wait or are being written. */
  load(): number
  /** Rejects what waits; resolves when the groups that run have ended. */
  close(): Promise<void>
}

export function createGroupWriter(driver: Driver): GroupWriter {
  const queue = createWriteQueue()
  const running = new Set<Promise<void>>()
  let writing = 0
  let scheduled = false
  let open = true

  /** After this turn of the event loop, so that everybody who came in it shares the group. */
  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      while (open && running.size < driver.lanes('write')) {
        const group = queue.take()
        if (group.length === 0) return
        writing += group.length
        const run = runGroup(driver, group).finally(() => {
          writing -= group.length
          queue.done(group)
          running.delete(run)
          if (queue.length > 0) schedule()
        })
        running.add(run)
      }
    })
  }

  return {
    load: () => queue.length + writing,
    write(write) {
      return new Promise((resolve, reject) => {
        if (!open) throw new StoreError('STORE_CLOSED', 'The store is closed.')
        if (queue.length >= queueMax) throw new StoreError('STORE_BUSY', 'Too many writes wait.', { details: { queueMax } })
        queue.push(createTicket(write, { resolve, reject }))
        schedule()
      })
    },
    async close() {
      open = false
      for (const ticket of queue.drain()) ticket.reject(new StoreError('STORE_CLOSED', 'The store was closed before the write began.'))
      await Promise.allSettled(running)
    },
  }
}

/** Settles every ticket of the group. Never rejects. */
async function runGroup(driver: Driver, group: readonly Ticket[]): Promise<void> {
  let open = group
  const fail = (error: StoreError): void => { for (const ticket of open) ticket.reject(error) }
  try {
    for (let attempt = 0; attempt < attemptsMax && open.length > 0; attempt += 1) {
      const session = await driver.acquire('write').catch((error: unknown) => { throw toStoreError(error, 'connect') })
      try {
        open = await tryGroup(session, open)
      } catch (error) {
        // An idle connection may have died unnoticed: nothing stands, a fresh one may do. The server's "again" is taken at its word.
        const repeat = !(error instanceof StoreError) && (mayRepeat(error) || (session.broken && attempt === 0))
        if (!repeat) throw toStoreError(error, 'before-commit')
        await delay(attempt * 5)
      } finally {
        driver.release('write', session)
      }
    }
    if (open.length > 0) fail(new StoreError('STORE_BUSY', 'Others kept changing the same rows.'))
  } catch (error) {
    fail(toStoreError(error, 'before-commit'))
  }
}

/** One transaction for all; gives those that must try again. Throws the driver's error while nothing stands, a StoreError once it is final. */
async function tryGroup(session: Session, tickets: readonly Ticket[]): Promise<readonly Ticket[]> {
  const rows = groupRows(tickets)
  const chunks = chunksOf(rows)
  const complete = chunks.length === 0 || (chunks.length === 1 && rows.absent.length === 0 ? await writeAlone(session, rows) : await writeChunks(session, rows, chunks))
  if (complete) {
    for (const ticket of tickets) ticket.resolve({ duplicates: [] })
    return []
  }
  const asking = diagnose(rows)
  const standing = asking.read(await session.run(asking.queries))
  return tickets.filter((ticket) => judge(ticket, standing))
}

/** One statement that commits by itself; `false`: nothing was written, something was in the way. */
async function writeAlone(session: Session, rows: GroupRows): Promise<boolean> {
  try {
    await session.run([writeGroupAlone(rows)])
    return true
  } catch (error) {
    if (isIncomplete(error)) return false
    if (mayRepeat(error)) throw error
    // The server's own answer means that nothing stands; a lost one leaves it open.
    const known = toStoreError(error, 'commit')
    if (known.code === 'STORE_OUTCOME_UNKNOWN') session.destroy()
    throw known
  }
}

async function writeChunks(session: Session, rows: GroupRows, chunks: readonly GroupRows[]): Promise<boolean> {
  const statements = chunks.map(writeGroup)
  const answers = await session.run([command('BEGIN'), ...statements.map(({ query }) => query)]).catch(async (error: unknown) => {
    await rollBack(session)
    throw error
  })
  if (statements.every(({ complete }, at) => complete(answers[at + 1]?.[0]))) {
    await commit(session, rows.absent)
    return true
  }
  await session.run([command('ROLLBACK')])
  return false
}

async function commit(session: Session, absent: Parameters<typeof dropAbsences>[0]): Promise<void> {
  try {
    await session.run([...(absent.length > 0 ? [dropAbsences(absent)] : []), command('COMMIT')])
  } catch (error) {
    session.destroy()
    throw toStoreError(error, 'commit')
  }
}

async function rollBack(session: Session): Promise<void> {
  if (session.broken) return
  await session.run([command('ROLLBACK')]).catch(() => { session.destroy() })
}
