/** Milliseconds to wait before attempt `attempt` (from 0): full jitter under a ceiling that doubles from `firstMs` to `mostMs`. */
export function backoffMs(attempt: number, { firstMs = 5, mostMs = 1_000 }: { readonly firstMs?: number; readonly mostMs?: number } = {}): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30))
  return Math.ceil(Math.random() * ceiling)
}

/** Resolves after `ms` milliseconds, or at once when `signal` aborts: the caller looks at the signal itself. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
