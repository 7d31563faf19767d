/** Number of the last commit, and which snapshots are still read: what lets a map forget former versions. */
export interface CommitClock {
  readonly now: number
  /** Number of the commit being made; `finish` makes it the last. */
  readonly next: number
  finish(): void
  /** Opens a snapshot of the last commit; `close` ends it. */
  open(): { readonly at: number; close(): void }
  /** The oldest commit that an open snapshot can see, or the last. */
  oldest(): number
  /** Calls `bury` once no open snapshot sees anything before commit `at`. */
  later(at: number, bury: () => void): void
}

export function createCommitClock(): CommitClock {
  let now = 0
  const open = new Map<number, number>()
  const graves: { readonly at: number; readonly bury: () => void }[] = []
  const oldest = (): number => open.keys().next().value ?? now
  const sweep = (): void => {
    const limit = oldest()
    let swept = 0
    while (swept < graves.length && (graves[swept]?.at ?? Infinity) <= limit) graves[swept++]?.bury()
    if (swept > 0) graves.splice(0, swept)
  }
  return {
    get now() { return now },
    get next() { return now + 1 },
    finish() {
      now += 1
      sweep()
    },
    open() {
      const at = now
      open.set(at, (open.get(at) ?? 0) + 1)
      return {
        at,
        close() {
          const left = (open.get(at) ?? 1) - 1
          if (left > 0) open.set(at, left)
          else open.delete(at)
          sweep()
        },
      }
    },
    oldest,
    later(at, bury) { graves.push({ at, bury }) },
  }
}
