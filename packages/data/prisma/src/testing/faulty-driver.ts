import type { Driver, Session } from '../driver/driver.ts'

/** Where a connection breaks in the call that fails: before it is sent, after its first query, or when all was done and only the answer is lost. */
export type Break = 'before' | 'between' | 'after'

/** A driver whose k-th call of `run` loses its connection. `calls` counts; without a plan nothing fails. */
export interface FaultyDriver {
  wrap(driver: Driver): Driver
  /** Fails the k-th call from now on, counted from 1. */
  fail(call: number, where: Break): void
  /** Calls since the last `fail` or `heal`. */
  readonly calls: number
  readonly failed: boolean
  heal(): void
}

export function createFaultyDriver(): FaultyDriver {
  let plan: { readonly call: number; readonly where: Break } | undefined
  let calls = 0
  let failed = false

  const broken = (session: Session): Session => ({
    get broken() { return session.broken },
    destroy: () => { session.destroy() },
    end: () => session.end(),
    async run(queries) {
      calls += 1
      if (plan === undefined || calls !== plan.call) return session.run(queries)
      failed = true
      if (plan.where === 'between') await session.run(queries.slice(0, 1))
      if (plan.where === 'after') await session.run(queries)
      session.destroy()
      throw new Error('Connection terminated unexpectedly')
    },
  })
  return {
    wrap(driver) {
      const originals = new Map<Session, Session>()
      return {
        ...driver,
        async acquire(lane) {
          const session = await driver.acquire(lane)
          const wrapped = broken(session)
          originals.set(wrapped, session)
          return wrapped
        },
        release(lane, session) {
          driver.release(lane, originals.get(session) ?? session)
          originals.delete(session)
        },
      }
    },
    fail(call, where) {
      plan = { call, where }
      calls = 0
      failed = false
    },
    heal() {
      plan = undefined
      calls = 0
    },
    get calls() { return calls },
    get failed() { return failed },
  }
}
