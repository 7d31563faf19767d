import { Problem } from './contracts/problem.ts'
import { PROBLEM_SENTENCE } from './problem-codes.ts'

/** A bucket that holds `capacity` points and gains `perSecond` of them. A call takes its contract's `cost`. */
export interface Allowance {
  readonly capacity: number
  readonly perSecond: number
}

export interface RateLimit {
  /** Takes `points` from the caller's bucket. Errors: Problem RATE_LIMITED with `retryAfterSeconds`; nothing is taken then. */
  take(caller: string, points: number, nowMs: number): void
  /** Callers remembered at the moment; at most `callersMax`. */
  readonly size: number
}

interface Bucket {
  points: number
  atMs: number
}

/**
 * Token buckets by caller (a key's thumbprint or an address). Memory is bounded: of more than `callersMax` (default 20,000) callers the one
 * that has been silent longest is forgotten, which can only give it a full bucket again.
 */
export function createRateLimit(allowance: Allowance, callersMax = 20_000): RateLimit {
  const buckets = new Map<string, Bucket>()

  function bucketOf(caller: string, nowMs: number): Bucket {
    const known = buckets.get(caller)
    if (known !== undefined) {
      const gained = (Math.max(0, nowMs - known.atMs) / 1000) * allowance.perSecond
      known.points = Math.min(allowance.capacity, known.points + gained)
      known.atMs = nowMs
      buckets.delete(caller)
      buckets.set(caller, known)
      return known
    }
    const fresh = { points: allowance.capacity, atMs: nowMs }
    buckets.set(caller, fresh)
    if (buckets.size > callersMax) {
      const [oldest] = buckets.keys()
      if (oldest !== undefined) buckets.delete(oldest)
    }
    return fresh
  }

  return {
    take(caller, points, nowMs) {
      const bucket = bucketOf(caller, nowMs)
      const needed = Math.min(points, allowance.capacity)
      if (bucket.points < needed) {
        const retryAfterSeconds = Math.max(1, Math.ceil((needed - bucket.points) / allowance.perSecond))
        throw new Problem('RATE_LIMITED', PROBLEM_SENTENCE.RATE_LIMITED, { details: { retryAfterSeconds } })
      }
      bucket.points -= needed
    },
    get size() {
      return buckets.size
    },
  }
}
