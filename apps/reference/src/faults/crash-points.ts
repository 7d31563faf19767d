import type { DataStore } from '@careledger/data-spec'
import type { Authentication } from '@careledger/identity'
import type { Ledger } from '@careledger/ledger-spec'
import type { LedgerTarget, Parts } from '@careledger/logic'

/** Where a process can be made to end while it takes one write: points 1 to 9 of the list of faults, in its order. */
export const CRASH_POINTS = ['after-auth', 'after-consent', 'after-encrypt', 'in-transaction', 'after-commit', 'after-batch', 'after-send', 'after-receipt', 'while-tiles'] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

/** Ends this process at a point, as kill -9 does, once it was armed. */
export interface Crash {
  /** `turns`: of the queue of promises, for a point in the middle of a call: the embedded store works in this process. */
  arm(point: CrashPoint, turns: number): void
  authentication(inner: Authentication): Authentication
  parts(inner: Parts): Parts
}

export function createCrash(kill: () => void = () => process.kill(process.pid, 'SIGKILL')): Crash {
  let armed: CrashPoint | undefined
  let turnsLeft = 0
  // The kernel ends a process at its next turn at the latest; a promise that never resolves lets nothing happen meanwhile.
  const at = (point: CrashPoint): Promise<never> | undefined => {
    if (armed !== point) return undefined
    kill()
    return new Promise(() => {})
  }
  /** In the middle of a call that is under way. */
  const during = (point: CrashPoint): void => {
    if (armed !== point) return
    const turn = (left: number): void => (left === 0 ? kill() : queueMicrotask(() => turn(left - 1)))
    turn(turnsLeft)
  }
  const store = (inner: DataStore): DataStore => ({
    ...inner,
    read: (async (body: Parameters<DataStore['read']>[0]) => {
      const found = await inner.read(body)
      await at('after-consent')
      return found
    }) as DataStore['read'],
    async write(write) {
      if ((write.entries?.length ?? 0) > 0) {
        await at('after-encrypt')
        during('in-transaction')
      }
      const result = await inner.write(write)
      if ((write.entries?.length ?? 0) > 0) await at('after-commit')
      return result
    },
    sequencer: {
      ...inner.sequencer,
      async assign(...given) {
        if (given[2].leaves.length > 0) during('while-tiles')
        const result = await inner.sequencer.assign(...given)
        if (given[2].leaves.length > 0) await at('after-batch')
        return result
      },
    },
    outbox: {
      ...inner.outbox,
      async settle(...given) {
        await at('after-receipt')
        return inner.outbox.settle(...given)
      },
    },
  })
  const ledger = (inner: Ledger): Ledger => ({
    ...inner,
    async append(...given) {
      const result = await inner.append(...given)
      await at('after-send')
      return result
    },
  })
  return {
    arm(point, turns) {
      armed = point
      turnsLeft = turns
    },
    authentication: (inner) => ({
      ...inner,
      async authenticate(request) {
        const found = await inner.authenticate(request)
        await at('after-auth')
        return found
      },
    }),
    parts: (inner) => ({ ...inner, store: store(inner.store), targets: inner.targets.map((target): LedgerTarget => ({ ...target, ledger: ledger(target.ledger) })) }),
  }
}

