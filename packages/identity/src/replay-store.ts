/**
 * What must be used once only: challenges, proofs of possession, client assertions.
 *
 * [replay-1] Of any number of calls with the same scope and value, in any process, at most one gives true. [replay-2] It holds across a
 * restart until `expiresAt`. [replay-3] If it cannot be known whether the value was used, the call rejects: callers fail closed.
 */
export interface ReplayStore {
  /**
   * True: first use, or [replay-4] the same `owner` again, for a caller that cannot know whether its claim was written already. False: used
   * before. Without `owner` every call is an owner of its own. `scope` and `value` are opaque, at most 256 characters each.
   */
  claim(scope: string, value: string, expiresAt: Date, owner?: string): Promise<boolean>
}

/** The in-memory twin of the port: holds within one process until it ends. `now` bounds its memory: expired values are dropped. */
export function createInMemoryReplayStore(now: () => Date): ReplayStore {
  const used = new Map<string, { readonly expires: number; readonly owner: string | undefined }>()
  let sweepAt = 1024
  return {
    claim(scope, value, expiresAt, owner) {
      const key = `${scope}\n${value}`
      const former = used.get(key)
      if (former !== undefined) return Promise.resolve(owner !== undefined && former.owner === owner)
      used.set(key, { expires: expiresAt.getTime(), owner })
      if (used.size >= sweepAt) {
        const time = now().getTime()
        for (const [old, { expires }] of used) if (expires < time) used.delete(old)
        sweepAt = Math.max(1024, used.size * 2)
      }
      return Promise.resolve(true)
    },
  }
}
