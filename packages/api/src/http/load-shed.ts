/** Whether this process has so much to compute that a new request had better go elsewhere or come again. */
export interface LoadShed {
  /** Smoothed lateness of the event loop, in milliseconds. */
  lagMs(): number
  overloaded(): boolean
  stop(): void
}

const lookEveryMs = 100
/** Of each look; what one long computation adds is forgotten within a second, what lasts adds up. */
const weight = 0.2

/**
 * Looks ten times a second how late the event loop is. A single computation of four seconds, such as loading the FHIR definitions on a slow
 * machine, stays below a limit of one second; requests that take the loop more than `lagMaxMs` at every turn pass it within a few turns.
 */
export function createLoadShed(lagMaxMs: number, elapsedMs: () => number = () => performance.now()): LoadShed {
  let smoothed = 0
  let due = elapsedMs() + lookEveryMs
  const timer = setInterval(() => {
    const now = elapsedMs()
    smoothed += weight * (Math.max(0, now - due) - smoothed)
    due = now + lookEveryMs
  }, lookEveryMs)
  timer.unref()
  return {
    lagMs: () => smoothed,
    overloaded: () => smoothed > lagMaxMs,
    stop: () => clearInterval(timer),
  }
}
