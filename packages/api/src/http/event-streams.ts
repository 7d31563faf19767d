import { Problem } from '../contracts/problem.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'
import type { ServerLimits } from './limits.ts'

/** Open streams of this server and of each key. */
export class EventStreams {
  readonly #byKey = new Map<string, number>()
  #open = 0
  /** Takes a place; the function gives it back. Errors: Problem BUSY, RATE_LIMITED. */
  take(key: string, limits: Pick<ServerLimits, 'eventStreamsMax' | 'eventStreamsPerKey'>): () => void {
    const own = this.#byKey.get(key) ?? 0
    if (own >= limits.eventStreamsPerKey) throw new Problem('RATE_LIMITED', PROBLEM_SENTENCE.RATE_LIMITED, { details: { retryAfterSeconds: 5 } })
    if (this.#open >= limits.eventStreamsMax) throw new Problem('BUSY', PROBLEM_SENTENCE.BUSY, { details: { retryAfterSeconds: 5 } })
    this.#open++
    this.#byKey.set(key, own + 1)
    return () => {
      this.#open--
      const left = (this.#byKey.get(key) ?? 1) - 1
      if (left === 0) this.#byKey.delete(key)
      else this.#byKey.set(key, left)
    }
  }
}
