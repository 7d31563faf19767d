/**
 * What must be used once only: challenges, proofs of possession, client assertions.
 *
 * [replay-1] Of any number of calls with the same scope and value, in any process, at most one gives true. [replay-2] It holds across a
 * restart until `expiresAt`. [replay-3] If it cannot be known whether the value was used, the call rejects: callers fail closed.
 */
export interface ReplayStore {
  /** True: first use. False: used before. `scope` and `value` are opaque, at most 256 characters each. */
  claim(scope: string, value: string, expiresAt: Date): Promise<boolean>
}

/** The in-memory twin of the port: holds within one process until it ends. `now` bounds its memory: expired values are dropped. */
export function createInMemoryReplayStore(now: () => Date): ReplayStore {
  const used = new Map<string, number>()
  let sweepAt = 1024
  return {
    claim(scope, value, expiresAt) {
      const key = `${scope}\n${value}`
      if (used.has(key)) return Promise.resolve(false)
      used.set(key, expiresAt.getTime())
      if (used.size >= sweepAt) {
        const time = now().getTime()
        for (const [old, expires] of used) if (expires < time) used.delete(old)
        sweepAt = Math.max(1024, used.size * 2)
      }
      return Promise.resolve(true)
    },
  }
}
