/** A step done again and again by one process, with a pause that each step chooses. */
export interface Loop {
  start(): void
  /** Ends the pause under way. */
  wake(): void
  /** Resolves when no step is running and none will start. Idempotent. */
  stop(): Promise<void>
}

/** `step` gives the pause until the next one, in milliseconds, and must not reject. */
export function createLoop(step: () => Promise<number>): Loop {
  let running: Promise<void> | undefined
  let stopped = false
  let woken = false
  let endPause: (() => void) | undefined

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const run = async (): Promise<void> => {
    while (!stopped) {
      woken = false
      const ms = await step()
      if (!woken && !stopped) await pause(ms)
      endPause = undefined
    }
  }
  return {
    start() {
      if (!stopped) running ??= run()
    },
    wake() {
      woken = true
      endPause?.()
    },
    async stop() {
      stopped = true
      endPause?.()
      await running
    },
  }
}
