import type { Parts } from '../parts.ts'
import { entryStates, type EntryProgress } from './entry-states.ts'

/** Most callers that wait at once in one process; beyond it the answer is what is known now. */
const waitersMax = 10_000
const pollMs = 250

interface Waiter {
  readonly ids: Set<string>
  readonly reached: (progress: EntryProgress) => boolean
  readonly done: () => void
}

/**
 * Waits until every entry has come as far as `until`, or is blocked, or `settings.waitMaxMs` is over, or the signal aborts; never
 * rejects for time. All callers of a process share its notices and one look at the store every 250 ms, whatever their number.
 */
export async function waitFor(parts: Parts, ids: readonly string[], until: 'sequenced' | 'anchored', signal?: AbortSignal): Promise<void> {
  if (ids.length === 0 || signal?.aborted === true) return
  const hall = hallOf(parts)
  if (hall.waiters.size >= waitersMax) return
  await new Promise<void>((resolve) => {
    const reached = until === 'sequenced' ? (progress: EntryProgress) => progress.state !== 'stored' : (progress: EntryProgress) => progress.state === 'anchored' || progress.state === 'blocked'
    const finish = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      hall.waiters.delete(waiter)
      resolve()
    }
    const waiter: Waiter = { ids: new Set(ids), reached, done: finish }
    const timer = setTimeout(finish, parts.settings.waitMaxMs)
    signal?.addEventListener('abort', finish, { once: true })
    hall.waiters.add(waiter)
    hall.wake()
  })
}

interface Hall {
  readonly waiters: Set<Waiter>
  /** Looks soon, and then every `pollMs` as long as anybody waits. */
  wake(): void
}
const halls = new WeakMap<Parts, Hall>()

function hallOf(parts: Parts): Hall {
  const known = halls.get(parts)
  if (known !== undefined) return known
  const waiters = new Set<Waiter>()
  let timer: NodeJS.Timeout | undefined
  let looking = false

  const tell = (progress: EntryProgress): void => {
    for (const waiter of waiters) if (waiter.ids.has(progress.id) && waiter.reached(progress) && waiter.ids.delete(progress.id) && waiter.ids.size === 0) waiter.done()
  }
  const look = async (): Promise<void> => {
    timer = undefined
    looking = true
    const ids = [...new Set([...waiters].flatMap((waiter) => [...waiter.ids]))]
    try {
      for (let from = 0; from < ids.length; from += 1000) {
        for (const progress of await entryStates(parts, ids.slice(from, from + 1000))) if (progress !== undefined) tell(progress)
      }
    } catch {
      // The store does not answer: the next look asks again, and every waiter has its own limit.
    }
    looking = false
    schedule(pollMs)
  }
  const schedule = (afterMs: number): void => {
    if (looking || waiters.size === 0) return
    clearTimeout(timer)
    timer = setTimeout(() => void look(), afterMs)
    timer.unref()
  }
  const hall: Hall = { waiters, wake: () => schedule(1) }
  parts.notices.on('sequenced', (leaves) => {
    if (waiters.size > 0) for (const { id, index } of leaves) tell({ id, index, state: 'sequenced' })
  })
  parts.notices.on('final', () => schedule(1))
  halls.set(parts, hall)
  return hall
}
