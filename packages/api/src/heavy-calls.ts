import { Problem } from './contracts/problem.ts'
import { PROBLEM_SENTENCE } from './problem-codes.ts'

/** Heavy calls (whole bundles) among light ones (reads): one at a time, and no more of the process than their share while others want it. */
export interface HeavyCalls {
  /** Runs a heavy call when its turn comes. Errors: Problem BUSY where `waitingMax` wait already; whatever the body throws. */
  run<T>(body: () => Promise<T>): Promise<T>
  /** Told of every light call that was answered. */
  light(): void
  /** Between two steps of work that nobody waits for (exports): rests as a heavy call would, by the time since the last one. */
  pace(): Promise<void>
}

export interface HeavySettings {
  /** Most that wait for their turn. Default 32. */
  readonly waitingMax?: number | undefined
  /** Of the time, while light calls go on. Default 0.15: reads keep at least 80 % of their throughput, with room for what a call costs before it begins. */
  readonly share?: number | undefined
  /** Longest rest between two. Default 10 s. */
  readonly restMaxMs?: number | undefined
  readonly nowMs?: (() => number) | undefined
  readonly sleep?: ((ms: number) => Promise<void>) | undefined
}

/** How often a rest looks whether light calls still go on, and how long they must be silent for it to end. */
const lookMs = 20
const quietMs = 60

export function createHeavyCalls(settings: HeavySettings = {}): HeavyCalls {
  const { waitingMax = 32, share = 0.15, restMaxMs = 10_000, nowMs = () => performance.now(), sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) } = settings
  let line: Promise<void> = Promise.resolve()
  let waiting = 0
  let lights = 0
  let stepBegan: number | undefined

  /** After `workMs` of heavy work that light calls had to share the process with. */
  const rest = async (workMs: number, lightsBefore: number): Promise<void> => {
    if (lights === lightsBefore) return
    const until = nowMs() + Math.min(restMaxMs, workMs * (1 / share - 1))
    let seen = lights
    let changed = nowMs()
    while (nowMs() < until && nowMs() - changed < quietMs) {
      await sleep(lookMs)
      if (lights !== seen) [seen, changed] = [lights, nowMs()]
    }
  }
  return {
    light: () => void lights++,
    async run(body) {
      if (waiting >= waitingMax) throw new Problem('BUSY', PROBLEM_SENTENCE.BUSY, { details: { retryAfterSeconds: 2 } })
      waiting++
      const before = line
      let leave: () => void = () => {}
      line = new Promise((resolve) => (leave = resolve))
      await before
      waiting--
      const [began, lightsBefore] = [nowMs(), lights]
      try {
        return await body()
      } finally {
        void rest(nowMs() - began, lightsBefore).then(leave)
      }
    },
    async pace() {
      const [before, lightsBefore] = [stepBegan ?? nowMs(), lights]
      await new Promise((resolve) => setImmediate(resolve))
      // Whether light calls go on shows in the turn just given.
      await rest(nowMs() - before, lightsBefore)
      stepBegan = nowMs()
    },
  }
}
